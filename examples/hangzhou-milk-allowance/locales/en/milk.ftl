milk_children = Children below the age of { $age_limit } in the household: { $children }.
milk_amount = A dibao household (低保家庭) receives { $monthly } yuan a month for each child, here for { $children }.
milk_not_dibao = The household receives no dibao (最低生活保障), so there is no milk allowance.
