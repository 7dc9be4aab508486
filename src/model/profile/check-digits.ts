import { creditSign, gs1Digit, isLuhn, mod11Dash2, mod97 } from '../clean/check-digits.ts'

/** Codes that carry their own check: what looks like one, and whether its check is right. */
export const checkedCodes: readonly CheckedCode[] = [
  // GS1 General Specifications, 7.9: GTIN-8, -12, -13 and -14.
  { name: 'GTIN', looks: text => /^(?:\d{8}|\d{12,14})$/.test(text), holds: holdsGtin },
  // ISO 13616: the check of ISO 7064 MOD 97-10.
  { name: 'IBAN', looks: text => /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(text), holds: holdsIban },
  // GB 32100-2015, 4.6.
  {
    name: 'unified social credit code',
    looks: text =>
      /^[0-9A-HJ-NPQRTUWXY]{18}$/.test(text) && /^[1-9A-Y]/.test(text) && !/^\d{17}[\dX]$/.test(text),
    holds: text => creditSign(text.slice(0, 17)) === text[17],
  },
  // GB 11643-1999: the check of ISO 7064 MOD 11-2.
  { name: 'resident identity number', looks: text => /^[1-9]\d{16}[\dX]$/.test(text), holds: holdsResident },
  // ISO/IEC 7812-1, annex B.
  { name: 'bank card', looks: text => /^[1-9]\d{15,18}$/.test(text), holds: isLuhn },
]

export interface CheckedCode {
  readonly name: string
  looks(text: string): boolean
  holds(text: string): boolean
}

function holdsGtin(text: string): boolean {
  return gs1Digit(text.slice(0, -1)) === Number(text.at(-1))
}

function holdsIban(text: string): boolean {
  return mod97(text.slice(4) + text.slice(0, 4)) === 1
}

function holdsResident(text: string): boolean {
  return mod11Dash2(text.slice(0, 17)) === text[17]
}
