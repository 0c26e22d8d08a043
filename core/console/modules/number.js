// Numbers as people write them. Digits are moved as text; nothing here computes with money.

/** Fen as yuan: `164800` is `1,648.00`. */
export function yuan(fen) {
  const { sign, digits } = parts(fen, 3);
  return `${sign}${grouped(digits.slice(0, -2))}.${digits.slice(-2)}`;
}

/** Parts per million as a decimal: `500000` is `0.5`. */
export function ratio(millionths) {
  const { sign, digits } = parts(millionths, 7);
  const fraction = digits.slice(-6).replace(/0+$/, "");
  return `${sign}${digits.slice(0, -6)}${fraction ? "." : ""}${fraction}`;
}

export function count(number) {
  const { sign, digits } = parts(number, 1);
  return `${sign}${grouped(digits)}`;
}

function parts(number, length) {
  const text = String(number);
  return { sign: text.startsWith("-") ? "−" : "", digits: text.replace("-", "").padStart(length, "0") };
}

function grouped(digits) {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}
