warm-nest-due = 低保家庭有儿童，居住条件有 { $shortcomings } 项低于标准，列入暖巢更新。
warm-nest-not-due = 不列入暖巢更新：不是低保家庭、没有儿童、已经更新过，或者低于标准的只有 { $shortcomings } 项。
warm-nest-open = 还缺少下面列出的信息，暂时不能下结论（低于标准的项数：{ $shortcomings }）。
