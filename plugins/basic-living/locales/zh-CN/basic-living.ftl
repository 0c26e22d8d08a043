# 一步理由一句话，写给申请人看。金额、日期以文字传入，句子里不再计算。

## 各项通用

open = 还缺少下面列出的信息，暂时不能下结论。
no-rule-held = 没有掌握当时的规定，不能下结论。
nothing-due = 没有应当发放的金额。
household-empty = 全家没有计入的成员（特困人员另行供养），没有可以享受的人。

## 共同生活的家庭成员

member-counts = 与家庭共同生活，属于规定的家庭成员，计入。
member-established = 家庭成员已经由县里认定，计入。
member-lives-elsewhere = 没有与家庭共同生活，不计入。
member-not-named = 不是配偶、未成年子女、不能独立生活的成年子女，也没有法定供养关系，不计入。
member-left-out = 服刑、强制隔离戒毒、被宣告失踪，或者长期脱离家庭的教职人员，不计入。
member-tekun = 是特困人员，另行供养，不计入。
household-size = 共同生活的家庭成员共 { $size } 人。

## 收入

line-plan-disregard = { $month } 是享受低保期间首次就业、创业（残疾人为就业）的第 { $number } 个月，收入不计算。
line-article-50 = { $month } 是享受低保期间就业的第 { $number } 个月，收入不计入。
line-minimum-wage = { $month } 是就业的第 { $number } 个月，不计算的期限已满，按最低工资扣除就业成本。
line-actual-cost = { $month } 的工资扣除必要的就业成本（就业第 { $number } 个月，没有不计入的规定可用）。
wage-counted = { $month } 税前工资 { $gross } 元，计入 { $counted } 元。
business-counted = { $month } 经营净收入 { $net } 元（创业第 { $number } 个月），计入 { $counted } 元。
income-established = 县里核定的家庭全年收入为 { $income } 元（基础养老金 { $base_pension } 元按规定处理）。
income-computed = 测算日前十二个月，家庭收入合计 { $income } 元；领取的基础养老金 { $base_pension } 元在“十四五”期间不计入。

## 财产

property-within-dibao = 家庭财产符合低保家庭的规定。
property-within-margin = 家庭财产符合低保边缘家庭的规定。
property-money = 存款等货币财产超过规定。
property-vehicle = 拥有豁免范围以外的车辆。
property-homes = 住房的套数或者面积超过规定。
property-real-estate = 拥有住房以外的房产。
property-capital = 在正常经营的企业里认缴的出资超过规定。

## 最低生活保障

dibao-eligible = 全家 { $size } 人，低保标准每人每月 { $standard } 元，全家全年合计 { $line } 元；全家全年收入 { $income } 元，低于标准，财产也符合规定，可以享受低保。
dibao-income = 全家 { $size } 人，低保标准每人每月 { $standard } 元，全家全年合计 { $line } 元；全家全年收入 { $income } 元，没有低于标准，不能享受低保。
dibao-property = 家庭财产不符合低保家庭的规定，不能享受低保（全家 { $size } 人，全年标准 { $line } 元，全年收入 { $income } 元）。
dibao-not-resident = 没有家庭成员的户籍在本地，也不能凭居住证申请，不能在这里享受低保。
dibao-shortfall = 全年标准 { $line } 元减去全年收入 { $income } 元，按月平均，每月发给 { $amount } 元。

## 分类施保

supplement-due = 按本人情况，在低保标准 { $standard } 元的基础上加发 { $rate } 倍，每月 { $amount } 元。
supplement-none = 没有加发的情形，加发 { $amount } 元。
supplement-total = 全家每月加发 { $amount } 元。

## 渐退期

graduation-eligible = 因就业收入达到标准（全年收入 { $income } 元，标准 { $line } 元），现在是渐退期第 { $number } 个月，最长 { $months } 个月，保障金照发。
graduation-not-in-receipt = 上个月没有享受低保，没有渐退期。
graduation-below-line = 全年收入 { $income } 元，没有达到全家标准 { $line } 元，不需要渐退期。
graduation-not-through-work = 收入增加不是因为就业或者创业，没有渐退期。
graduation-property = 家庭财产不符合低保家庭的规定，没有渐退期。
graduation-over = 现在是第 { $number } 个月，渐退期最长 { $months } 个月，不在渐退期内。
graduation-amount = 渐退期内按最近一次的数额，每月照发 { $amount } 元。

## 最低生活保障边缘家庭

margin-eligible = 全家 { $size } 人，全年收入 { $income } 元，不超过边缘家庭的收入线 { $line } 元（低保标准 { $standard } 元的 { $multiplier } 倍，并以最低工资为限），财产也符合规定，是低保边缘家庭。
margin-income = 全家 { $size } 人，全年收入 { $income } 元，超过边缘家庭的收入线 { $line } 元（低保标准 { $standard } 元的 { $multiplier } 倍，并以最低工资为限），不是低保边缘家庭。
margin-dibao = 已经可以享受低保，不再认定为低保边缘家庭。
margin-not-resident = 没有家庭成员的户籍在本地，也不能凭居住证申请，不能在这里认定为低保边缘家庭。
margin-property = 全年收入 { $income } 元在收入线 { $line } 元以内，但是家庭财产不符合低保边缘家庭的规定。

## 单人户

single-person-eligible = 可以由本人单独申请，以单人户享受低保。
single-person-no-route = 不属于可以单独申请低保的人：本人全年收入 { $income } 元，一人的全年标准 { $line } 元；残疾、重病、教职等情形不符合，或者收入、财产不符合。
single-person-not-resident = 本人户籍不在本地，也不能凭居住证申请，不能在这里单独申请。
single-person-tekun = 是特困人员，另行供养，不再以单人户享受低保。
single-person-in-dibao = 全家已经可以享受低保，不需要单独申请。
single-person-full-standard = 一级、二级残疾，按低保标准 { $standard } 元全额计算，每月发给 { $amount } 元。
single-person-difference = 按低保标准 { $standard } 元减去本人月收入计算，每月发给 { $amount } 元。

## 支出型困难家庭

expenditure-type-eligible = 全年收入 { $income } 元，减去必需支出 { $spending } 元，低于全家标准 { $line } 元；人均收入也低于当地上年人均可支配收入 { $average } 元，可以享受生活救助，最长 { $months } 个月。
expenditure-type-above-line = 全年收入 { $income } 元，减去必需支出 { $spending } 元，没有低于全家标准 { $line } 元。
expenditure-type-income = 全年收入 { $income } 元，人均没有低于当地上年人均可支配收入 { $average } 元。
expenditure-type-property = 家庭财产不符合规定，不能享受支出型困难家庭生活救助。
expenditure-type-not-local = 不是本地户籍家庭，不能享受支出型困难家庭生活救助。
expenditure-type-dibao = 已经可以享受低保，不再享受支出型困难家庭生活救助。
expenditure-type-margin = 当地规定低保边缘家庭不享受支出型困难家庭生活救助。
expenditure-type-over = 已经享受满 { $months } 个月，需要重新申请。
expenditure-type-amount = 全家全年标准 { $line } 元，减去扣除必需支出 { $spending } 元后的收入（全年收入 { $income } 元），按月平均，每月发给 { $amount } 元，最长 { $months } 个月。

## 刚性支出困难家庭

rigid-expenditure-eligible = 十二个月刚性支出 { $spending } 元，超出全年收入 { $income } 元的 { $ratio } 倍；人均收入低于当地上年人均可支配收入 { $average } 元，认定为刚性支出困难家庭，最长 { $months } 个月有效。
rigid-expenditure-share = 十二个月刚性支出 { $spending } 元，没有超出全年收入 { $income } 元的 { $ratio } 倍。
rigid-expenditure-income = 全年收入 { $income } 元，人均没有低于当地上年人均可支配收入 { $average } 元。
rigid-expenditure-property = 家庭财产不符合规定，不认定为刚性支出困难家庭。
rigid-expenditure-dibao = 已经可以享受低保，不再认定为刚性支出困难家庭。
rigid-expenditure-margin = 已经是低保边缘家庭，不再认定为刚性支出困难家庭。

## 特困人员

tekun-eligible = { $age } 周岁，没有劳动能力；本人全年收入 { $income } 元，低于一人的全年标准 { $line } 元，财产也符合规定；没有有能力的法定义务人，符合特困人员条件，由本人申请。
tekun-able = { $age } 周岁，也没有规定类别和等级的残疾，有劳动能力，不是特困人员。
tekun-income = 本人全年收入 { $income } 元，没有低于一人的全年标准 { $line } 元，有生活来源，不是特困人员。
tekun-property = 本人财产超过特困人员的规定，有生活来源，不是特困人员。
tekun-supported = 有能够履行义务的法定义务人，不是特困人员。
tekun-not-resident = 本人户籍不在本地，也不能凭居住证申请，不能在这里认定为特困人员。
tekun-orphan-programme = 已经纳入孤儿、事实无人抚养儿童保障，不再认定为特困人员。
care-self = 六项中已知有 { $failed } 项不能自主做到，具备生活自理能力。
care-partial = 六项中已知有 { $failed } 项不能自主做到，部分丧失生活自理能力。
care-full = 六项中已知有 { $failed } 项不能自主做到，完全丧失生活自理能力。
tekun-living = 按当地公布的特困人员基本生活标准，每月 { $amount } 元。
tekun-care = 照料护理标准为最低工资 { $minimum_wage } 元的 { $ratio } 倍，每月 { $amount } 元。

## 拒绝介绍的工作

job-refusal-alert = 在 { $months } 个月内连续 { $count } 次无正当理由拒绝合适的工作，请县级民政部门核实处理；保障金没有因此自动减少。
job-refusal-none = 没有在 { $months } 个月内连续 { $count } 次无正当理由拒绝合适的工作。
