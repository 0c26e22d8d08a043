// Invented households to start from. Their amounts mean nothing; what they leave out is asked for in the result.

const PLACE_AND_DATE = { division: "330106", as_of: "2022-09-01" };
const NONE = { none: true };

/** Each gives a new document, so that editing one never changes the next. */
export const EXAMPLES = [
  { key: "example-family", household: family },
  { key: "example-single", household: single },
  { key: "example-empty", household: empty },
];

/** Nearly everything is known. */
function family() {
  return {
    ...PLACE_AND_DATE,
    facts: {
      "household.local_hukou": true,
      "household.members_established": true,
      "household.income_12_months": "12345.00",
    },
    entities: {
      vehicle: NONE,
      home: [{ floor_area_dm2: 6000 }],
      real_estate: NONE,
      company_share: NONE,
      financial_account: [{ amount: "1234.00", exemption: NONE }],
      supporter: NONE,
      receipt: NONE,
    },
    members: [person("a", "01", "1980-01-01"), person("b", "10", "1982-02-02"), person("c", "20", "2012-03-03")],
  };
}

function person(ref, relation, birthDate) {
  const sums = ["property_net", "transfer_net", "other_income", "recognised_cost", "old_age_allowance", "medical_insurance"];
  const facts = {
    "member.birth_date": birthDate,
    "member.local_hukou": true,
    "member.disability_kind": NONE,
    "member.disability_grade": NONE,
    "member.has_serious_illness": false,
    "member.is_pregnant": false,
    "member.is_single_parent": false,
    "member.is_jobless": false,
    "member.religious_site_since": NONE,
    "member.property_within_limits": true,
  };
  for (const sum of sums) facts[`member.${sum}_12_months`] = "0.00";
  const entities = { monthly_wage: NONE, monthly_business: NONE, obligor: NONE, job_refusal: NONE };
  return { ref, relation, facts, entities };
}

/** Little is known: the result says what to ask for. */
function single() {
  return {
    ...PLACE_AND_DATE,
    facts: { "household.local_hukou": true, "household.members_established": true },
    members: [{ ref: "a", relation: "01", facts: { "member.birth_date": "1950-05-05", "member.local_hukou": true } }],
  };
}

function empty() {
  return { division: PLACE_AND_DATE.division, members: [{ ref: "a" }] };
}
