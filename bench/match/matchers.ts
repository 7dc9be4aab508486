import {
  damerau,
  exact,
  jaroWinkler,
  matcher,
  neighbours,
  rareWords,
  sameKey,
  sameLetters,
  soundex,
  words,
} from 'isthmus/match'
import type { Person, Site } from './gold.ts'

/** Synthetic persons of Australia with typing errors, fields left out, and names that changed places. */
export const persons = matcher<Person>({
  fields: {
    given: { value: r => r.given_name, by: jaroWinkler },
    surname: { value: r => r.surname, by: jaroWinkler },
    number: { value: r => r.street_number, by: damerau },
    street: { value: r => r.address_1, by: sameLetters },
    place: { value: r => r.address_2, by: sameLetters },
    suburb: { value: r => r.suburb, by: jaroWinkler },
    postcode: { value: r => r.postcode, by: damerau },
    state: { value: r => r.state, by: damerau },
    born: { value: r => r.date_of_birth, by: damerau },
    id: { value: r => r.soc_sec_id, by: damerau },
  },
  blocks: [
    sameKey('name', r => r.surname && r.given_name && `${soundex(r.surname)} ${r.given_name.slice(0, 2)}`),
    sameKey('born', r => r.date_of_birth),
    sameKey('id', r => r.soc_sec_id),
    sameKey('house', r => r.street_number && r.postcode && `${r.street_number} ${r.postcode}`),
    sameKey('street', r => r.address_1 && r.suburb && `${soundex(r.address_1)} ${soundex(r.suburb)}`),
    neighbours('surname', r => r.surname + r.given_name, { reach: 3 }),
  ],
})

const abbreviated: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['st', 'street'],
    ['ave', 'avenue'],
    ['av', 'avenue'],
    ['blvd', 'boulevard'],
    ['rd', 'road'],
    ['dr', 'drive'],
    ['pl', 'place'],
    ['pkwy', 'parkway'],
    ['ct', 'court'],
    ['n', 'north'],
    ['s', 'south'],
    ['e', 'east'],
    ['w', 'west'],
  ].map(([short, long]) => [short, long] as const),
)

const plainAddress = (address: string) =>
  words(address)
    .map(word => abbreviated[word] ?? word)
    .join(' ')
const houseNumber = (address: string) => /^\D{0,3}(\d+)/.exec(address)?.[1] ?? ''
const streetName = (address: string) =>
  plainAddress(address)
    .replace(/^\d+ /, '')
    .replace(/\b(?:street|avenue|boulevard|road|drive|place|parkway|court|suite.*)\b/g, '')
    .trim()
const plainPhone = (phone: string) =>
  phone
    .replace(/\D/g, '')
    .replace(/^1?(?:312|773)(?=\d{7})/, '')
    .slice(0, 7)
const plainName = (name: string) => words(name).join(' ')

/** Places of childcare as nine agencies wrote them down: names with and without the operator, addresses, phones. */
export const places = matcher<Site>({
  fields: {
    name: { value: r => plainName(r['Site name']), by: rareWords },
    number: { value: r => houseNumber(r.Address), by: exact },
    street: { value: r => streetName(r.Address), by: rareWords },
    zip: { value: r => r.Zip.slice(0, 5), by: exact },
    phone: { value: r => plainPhone(r.Phone), by: damerau },
  },
  blocks: [
    sameKey('phone', r => plainPhone(r.Phone)),
    sameKey('address', r => `${houseNumber(r.Address)} ${streetName(r.Address)}`.slice(0, 8)),
    sameKey('words of the name', r => words(r['Site name']).filter(word => word.length > 3), { most: 60 }),
  ],
})
