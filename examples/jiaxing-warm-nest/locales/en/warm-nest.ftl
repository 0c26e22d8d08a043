warm-nest-due = The household receives dibao (最低生活保障), has children, and its home falls short in { $shortcomings } points; the home will be renewed (暖巢).
warm-nest-not-due = The home will not be renewed: the household receives no dibao (最低生活保障), has no children, was renewed already, or falls short in { $shortcomings } points only.
warm-nest-open = The information listed below is still missing; no conclusion can be drawn yet (points in which the home falls short: { $shortcomings }).
