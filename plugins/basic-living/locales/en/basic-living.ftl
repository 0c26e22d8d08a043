# One sentence a step of the reasoning, for the applicant. Amounts and dates arrive as text; nothing is computed here.

## All programmes

open = What is listed below is missing; nothing can be concluded yet.
no-rule-held = The rules of that time are not held; nothing can be concluded.
nothing-due = Nothing is due.
household-empty = No member of the household counts (tekun 特困 members are supported apart): there is nobody to receive it.

## Members of the household

member-counts = Lives with the household and is one of the members that the rule names: counts.
member-established = The members of the household were established by the county: counts.
member-lives-elsewhere = Does not live with the household: does not count.
member-not-named = No spouse, minor child or dependent adult child, and no statutory support duty: does not count.
member-left-out = In prison, in compulsory isolation, declared missing, or clergy long apart from the family: does not count.
member-tekun = Is tekun (特困人员), supported apart: does not count.
household-size = { $size } members live together.

## Income

line-plan-disregard = { $month } is month { $number } of the first work or own business (of a disabled member: of any work) begun in receipt of dibao (低保): the income is disregarded.
line-article-50 = { $month } is month { $number } of work begun in receipt of dibao (低保): the income is disregarded.
line-minimum-wage = { $month } is month { $number } of work; the disregard has run out and the minimum wage comes off as the cost of work.
line-actual-cost = From the wage of { $month } the necessary cost of work comes off (month { $number } of work, to which no disregard applies).
wage-counted = Gross wage of { $month }: { $gross } yuan, of which { $counted } yuan count.
business-counted = Net business income of { $month }: { $net } yuan (month { $number } of the business), of which { $counted } yuan count.
income-established = The county has established an income of { $income } yuan for the year (the base pension of { $base_pension } yuan is treated as the rules say).
income-computed = In the twelve months before, the household had { $income } yuan; the base pension of { $base_pension } yuan is left out for the period of the 14th plan.

## Property

property-within-dibao = Property is within the limits for dibao (低保) households.
property-within-margin = Property is within the limits for margin (低保边缘) households.
property-money = Deposits and other monetary assets exceed the limit.
property-vehicle = There is a vehicle that is not exempt.
property-homes = The homes are too many or too large.
property-real-estate = There is real estate other than a home.
property-capital = Subscribed capital in active companies exceeds the limit.

## Minimum living guarantee

dibao-eligible = { $size } persons; the dibao (低保) standard is { $standard } yuan a person and month, { $line } yuan for the household and year; the income of the year, { $income } yuan, is below it and property is within the limits: eligible.
dibao-income = { $size } persons; the dibao (低保) standard is { $standard } yuan a person and month, { $line } yuan for the household and year; the income of the year, { $income } yuan, is not below it: not eligible.
dibao-property = Property exceeds the limits for dibao (低保) households: not eligible ({ $size } persons, standard of the year { $line } yuan, income of the year { $income } yuan).
dibao-not-resident = No member is registered (hukou 户籍) here and a residence permit is not accepted: not eligible here.
dibao-shortfall = The standard of the year, { $line } yuan, less the income of the year, { $income } yuan, by months: { $amount } yuan a month.

## Category supplements

supplement-due = The person's situation adds { $rate } times the standard of { $standard } yuan: { $amount } yuan a month.
supplement-none = Nothing in the person's situation adds to the benefit: { $amount } yuan.
supplement-total = Supplements of all members: { $amount } yuan a month.

## Graduation

graduation-eligible = Work has lifted the income of the year to { $income } yuan, against a standard of { $line } yuan; this is month { $number } of at most { $months } months of graduation (渐退期): the benefit is kept.
graduation-not-in-receipt = Not in receipt in the month before: no graduation (渐退期).
graduation-below-line = The income of the year, { $income } yuan, has not reached the standard of { $line } yuan: no graduation (渐退期) is needed.
graduation-not-through-work = Income did not rise through work: no graduation (渐退期).
graduation-property = Property exceeds the limits for dibao (低保) households: no graduation (渐退期).
graduation-over = This would be month { $number }, and graduation (渐退期) has at most { $months } months.
graduation-amount = In graduation (渐退期) the last amount is kept: { $amount } yuan a month.

## Margin households

margin-eligible = { $size } persons; the income of the year, { $income } yuan, does not exceed the margin line of { $line } yuan ({ $multiplier } times the standard of { $standard } yuan, at most the minimum wage), and property is within the limits: a margin household (低保边缘家庭).
margin-income = { $size } persons; the income of the year, { $income } yuan, exceeds the margin line of { $line } yuan ({ $multiplier } times the standard of { $standard } yuan, at most the minimum wage): no margin household (低保边缘家庭).
margin-dibao = Eligible for dibao (低保), and therefore no margin household (低保边缘家庭).
margin-not-resident = No member is registered (hukou 户籍) here and a residence permit is not accepted: no margin household (低保边缘家庭) here.
margin-property = The income of the year, { $income } yuan, is within the line of { $line } yuan, but property exceeds the limits for margin (低保边缘) households.

## Single persons

single-person-eligible = The person may apply alone and is eligible as a single-person household (单人户).
single-person-no-route = Not one of those who may apply alone: own income of the year { $income } yuan, standard of one person for the year { $line } yuan; disability, illness or clergy conditions, or income or property, are not met.
single-person-not-resident = The person is not registered (hukou 户籍) here and a residence permit is not accepted.
single-person-tekun = Is tekun (特困人员), supported apart: no dibao as a single person (单人户).
single-person-in-dibao = The whole household is eligible for dibao (低保): there is no need to apply alone.
single-person-full-standard = Disability of grade 1 or 2, reckoned by the full standard of { $standard } yuan: { $amount } yuan a month.
single-person-difference = The standard of { $standard } yuan less own monthly income: { $amount } yuan a month.

## Expenditure-type households

expenditure-type-eligible = The income of the year, { $income } yuan, less necessary spending of { $spending } yuan is below the standard of { $line } yuan, and income per head is below last year's local disposable income of { $average } yuan: eligible, for at most { $months } months.
expenditure-type-above-line = The income of the year, { $income } yuan, less necessary spending of { $spending } yuan is not below the standard of { $line } yuan.
expenditure-type-income = The income of the year, { $income } yuan, is per head not below last year's local disposable income of { $average } yuan.
expenditure-type-property = Property exceeds the limits for expenditure-type assistance (支出型困难家庭生活救助).
expenditure-type-not-local = Not a household registered (hukou 户籍) here: no expenditure-type assistance (支出型困难家庭生活救助).
expenditure-type-dibao = Eligible for dibao (低保), and therefore no expenditure-type assistance (支出型困难家庭生活救助).
expenditure-type-margin = The place gives no expenditure-type assistance (支出型困难家庭生活救助) to margin households.
expenditure-type-over = The { $months } months are over; a new application is needed.
expenditure-type-amount = The standard of the year, { $line } yuan, less what is left of the income ({ $income } yuan) after necessary spending of { $spending } yuan, by months: { $amount } yuan a month, for at most { $months } months.

## Rigid-expenditure households

rigid-expenditure-eligible = Rigid expenditure of twelve months, { $spending } yuan, exceeds { $ratio } times the income of { $income } yuan, and income per head is below last year's local disposable income of { $average } yuan: a household in hardship through rigid expenditure (刚性支出困难家庭), for at most { $months } months.
rigid-expenditure-share = Rigid expenditure of twelve months, { $spending } yuan, does not exceed { $ratio } times the income of { $income } yuan.
rigid-expenditure-income = The income of the year, { $income } yuan, is per head not below last year's local disposable income of { $average } yuan.
rigid-expenditure-property = Property exceeds the limits: no rigid-expenditure status (刚性支出困难家庭).
rigid-expenditure-dibao = Eligible for dibao (低保), and therefore no rigid-expenditure status (刚性支出困难家庭).
rigid-expenditure-margin = A margin household (低保边缘家庭), and therefore no rigid-expenditure status (刚性支出困难家庭).

## Tekun

tekun-eligible = { $age } years old and without ability to work; own income of the year, { $income } yuan, is below the standard of one person, { $line } yuan, and property is within the limits; no obligor is able to support: meets the conditions of tekun (特困人员), on the person's own application.
tekun-able = { $age } years old and without a disability of the kinds and grades named: able to work, not tekun (特困人员).
tekun-income = Own income of the year, { $income } yuan, is not below the standard of one person, { $line } yuan: not tekun (特困人员).
tekun-property = The person's property exceeds the limits for tekun (特困人员): not tekun.
tekun-supported = There is an obligor who is able to support: not tekun (特困人员).
tekun-not-resident = The person is not registered (hukou 户籍) here and a residence permit is not accepted: not tekun (特困人员) here.
tekun-orphan-programme = In the programme for orphans and unattended children: not recognised as tekun (特困人员).
care-self = { $failed } of the six items are known to have failed: full self-care.
care-partial = { $failed } of the six items are known to have failed: partial loss of self-care.
care-full = { $failed } of the six items are known to have failed: full loss of self-care.
tekun-living = The living standard for tekun (特困人员) as published here: { $amount } yuan a month.
tekun-care = The care standard is { $ratio } times the minimum wage of { $minimum_wage } yuan: { $amount } yuan a month.

## Work refused

job-refusal-alert = Suitable work was refused without good cause { $count } times in a row within { $months } months: for the county to look into; nothing was taken off.
job-refusal-none = Suitable work was not refused { $count } times in a row within { $months } months.
