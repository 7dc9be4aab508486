import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { IsthmusError } from '../../errors.ts'
import { gs1Digit, isLuhn, mod11Dash2 } from './check-digits.ts'
import { bankCard, type Cleaner, creditCode, gtin, iban, residentId, vatNumber } from './index.ts'

const refused = (clean: (value: string) => unknown, value: string) =>
  assert.throws(
    () => clean(value),
    (error: unknown) => error instanceof IsthmusError && error.code === 'CLEAN-VALUE',
    value,
  )
const isTaken = (clean: Cleaner<string, string>, value: string) => {
  try {
    return clean(value) !== ''
  } catch {
    return false
  }
}

/** Every other digit in every place. */
function* singleErrors(code: string): Generator<string> {
  for (const [at, sign] of [...code].entries())
    if (/\d/.test(sign))
      for (const other of '0123456789')
        if (other !== sign) yield code.slice(0, at) + other + code.slice(at + 1)
}

const samples = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`))

test('unified social credit codes by GB 32100-2015', () => {
  // The example of the standard, and one that is public.
  assert.equal(creditCode('91350100M000100Y43'), '91350100M000100Y43')
  assert.equal(creditCode(' 9135 0100 m000100y43 '), '91350100M000100Y43')
  for (const wrong of [
    '91350100M000100Y44',
    '91350100M000100I43',
    '9135010OM000100Y43',
    '91350100M000100Y4',
    '',
  ])
    refused(creditCode, wrong)
  for (const error of singleErrors('91350100M000100Y43')) refused(creditCode, error)
})

test('resident identity numbers by GB 11643-1999, with those of 15 digits', () => {
  const clean = residentId()
  // Both examples of the standard.
  for (const id of ['11010519491231002X', '440524188001010014']) assert.equal(clean(id), id)
  assert.equal(clean('１１０１０５１９４９１２３１００２ｘ'), '11010519491231002X')
  assert.equal(clean('130503670401001'), '130503196704010016')
  assert.equal(clean('110105881231998').slice(6, 10), '1888')
  const wrong = [
    '110105194912310021',
    '990105194912310021',
    '11010519490231002X',
    '110105491331002',
    '1101051949123100',
  ]
  for (const id of wrong) refused(clean, id)
  for (const error of singleErrors('11010519491231002X')) refused(clean, error)
  refused(residentId({ bornBefore: '1949-12-31' }), '11010519491231002X')
  assert.equal(residentId({ bornBefore: '1950-01-01' })('11010519491231002X'), '11010519491231002X')
})

test('ISO 7064 MOD 11-2 catches every single error and every exchange of neighbours', () => {
  fc.assert(
    fc.property(samples(17), digits => {
      const check = mod11Dash2(digits)
      for (const error of singleErrors(digits)) assert.notEqual(mod11Dash2(error), check)
      for (let at = 0; at < 16; at++) {
        const swapped = digits.slice(0, at) + digits[at + 1] + digits[at] + digits.slice(at + 2)
        if (swapped !== digits) assert.notEqual(mod11Dash2(swapped), check)
      }
    }),
    { numRuns: 50 },
  )
})

test('bank cards by ISO/IEC 7812, every single error caught', () => {
  for (const card of ['4111111111111111', '5500005555555559', '378282246310005', '6222021234567890128'])
    assert.equal(bankCard(card.replace(/(.{4})/g, '$1 ')), card)
  for (const wrong of ['4111111111111112', '411111111111', '0000000000000000', '4111-1111-1111-111a'])
    refused(bankCard, wrong)
  fc.assert(
    fc.property(samples(15), digits => {
      const card = [...'0123456789'].map(check => `${digits}${check}`).find(isLuhn) as string
      for (const error of singleErrors(card)) assert.equal(isLuhn(error), false)
    }),
    { numRuns: 50 },
  )
})

test('IBANs by ISO 13616: examples of the registry, forms of countries, every single error caught', () => {
  const published = [
    'AD1200012030200359100100', 'AE070331234567890123456', 'AT611904300234573201', 'BE68539007547034',
    'BG80BNBG96611020345678', 'BR1800360305000010009795493C1', 'CH9300762011623852957', 'CY17002001280000001200527600',
    'CZ6508000000192000145399', 'DE89370400440532013000', 'DK5000400440116243', 'EE382200221020145685',
    'ES9121000418450200051332', 'FI2112345600000785', 'FR1420041010050500013M02606', 'GB29NWBK60161331926819',
    'GR1601101250000000012300695', 'HR1210010051863000160', 'HU42117730161111101800000000', 'IE29AIBK93115212345678',
    'IL620108000000099999999', 'IT60X0542811101000000123456', 'LT121000011101001000', 'LU280019400644750000',
    'LV80BANK0000435195001', 'MT84MALT011000012345MTLCAST001S', 'NL91ABNA0417164300', 'NO9386011117947',
    'PL61109010140000071219812874', 'PT50000201231234567890154', 'RO49AAAA1B31007593840000', 'SA0380000000608010167519',
    'SE4550000000058398257466', 'SI56263300012039086', 'SK3112000000198742637541', 'TR330006100519786457841326',
    'UA213223130000026007233566001',
  ] // biome-ignore format: a list
  for (const number of published) {
    assert.equal(iban(number.toLowerCase().replace(/(.{4})/g, '$1 ')), number)
    if (/DE|GB|NO|MT/.test(number.slice(0, 2))) for (const error of singleErrors(number)) refused(iban, error)
  }
  for (const wrong of [
    'DE8937040044053201300',
    'XX89370400440532013000',
    'GB29NWBK6016133192681A',
    'US00',
    '',
  ])
    refused(iban, wrong)
})

test('GTINs by GS1, every single error caught', () => {
  for (const code of ['96385074', '036000291452', '4006381333931', '10614141543219']) {
    assert.equal(gtin()(code), code)
    for (const error of singleErrors(code)) refused(gtin(), error)
  }
  assert.equal(gtin({ digits: 14 })('4006381333931'), '04006381333931')
  assert.equal(gtin({ digits: 13 })(4006381333931), '4006381333931')
  assert.equal(gtin({ digits: 13 })('04006381333931'), '4006381333931')
  for (const wrong of ['4006381333932', '400638133393', '00000000', '40063813339310']) refused(gtin(), wrong)
  refused(gtin({ digits: 13 }), '10614141543219')
  assert.equal(gs1Digit('629104150021'), 3)
})

/** Numbers that are public: of authorities' own examples, or printed by their firms. */
const vat: Readonly<Record<string, string>> = {
  AT: 'ATU13585627', BE: 'BE0428759497', BG: 'BG175074752', CY: 'CY10259033P', CZ: 'CZ25123891', DE: 'DE136695976',
  DK: 'DK13585628', EE: 'EE100931558', EL: 'EL094259216', ES: 'ESA13585625', FI: 'FI20774740', FR: 'FR40303265045',
  HR: 'HR33392005961', HU: 'HU12892312', IE: 'IE6433435F', IT: 'IT00743110157', LT: 'LT119511515', LU: 'LU15027442',
  LV: 'LV40003521600', MT: 'MT11679112', NL: 'NL004495445B01', PL: 'PL8567346215', PT: 'PT501964843', RO: 'RO18547290',
  SE: 'SE123456789701', SI: 'SI50223054', SK: 'SK2022749619', GB: 'GB980780684', CHE: 'CHE107787577', NO: 'NO995525828',
} // biome-ignore format: a table

test('VAT numbers of each country, and what their check digits catch', () => {
  // Check digits of the Czech, Spanish, French and Dutch kinds have several forms, of which an error may hit another.
  const promises = new Set([
    'AT',
    'CHE',
    'DE',
    'DK',
    'EE',
    'FI',
    'HR',
    'HU',
    'IT',
    'LU',
    'NO',
    'PL',
    'BE',
    'SI',
  ])
  for (const [country, number] of Object.entries(vat)) {
    assert.equal(vatNumber()(number), number)
    assert.equal(
      vatNumber()(
        `${number.slice(0, country.length)} ${number.slice(country.length).replace(/(...)/g, '$1 ')}`,
      ),
      number,
    )
    const errors = [...singleErrors(number)]
    const missed = errors.filter(error => isTaken(vatNumber(), error))
    assert.ok(missed.length <= (promises.has(country) ? 0 : errors.length / 5), `${country} takes ${missed}`)
  }
})

test('VAT numbers as people write them, and without their country where it is known', () => {
  const known = {
    'CHE-107.787.577 MWST': 'CHE107787577',
    'GR 094259216': 'EL094259216',
    'BE 428.759.497': 'BE0428759497',
    'NO 995 525 828 MVA': 'NO995525828',
    'DE 136,695 976': undefined,
    NL123456782B90: 'NL123456782B90',
    'ES B58378431': 'ESB58378431',
    ESX2482300W: 'ESX2482300W',
    'IE 8D79739I': 'IE8D79739I',
    CZ640903926: 'CZ640903926',
    BG7523169263: 'BG7523169263',
    LV16117519997: 'LV16117519997',
    GBGD001: 'GBGD001',
  }
  for (const [written, number] of Object.entries(known))
    if (number) assert.equal(vatNumber()(written), number)
    else refused(vatNumber(), written)
  assert.equal(vatNumber('DE')('136695976'), 'DE136695976')
  assert.equal(vatNumber('CH')('107787577'), 'CHE107787577')
  assert.equal(vatNumber('DE')('ATU13585627'), 'ATU13585627')
  assert.equal(vatNumber('DE').name, "vatNumber('DE')")
  for (const wrong of [
    '136695976',
    'DE136695977',
    'XX123',
    'US123456789',
    '',
    'DE',
    'GBGD501',
    'SE556188840400',
  ])
    refused(vatNumber(), wrong)
  assert.throws(() => vatNumber('XX' as never), { code: 'FLOW-DEFINITION' })
})
