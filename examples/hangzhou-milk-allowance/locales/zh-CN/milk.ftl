milk_children = 家庭中未满 { $age_limit } 周岁的儿童有 { $children } 名。
milk_amount = 低保家庭每名儿童每月补助 { $monthly } 元，共 { $children } 名。
milk_not_dibao = 不是低保家庭，没有牛奶补助。
