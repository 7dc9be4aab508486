// People of the HRM, as somebody typed them: cleaned, and those found who are there twice.
import { model, Type } from 'isthmus'
import {
  type Cleaner,
  chain,
  date,
  halfWidth,
  named,
  phone,
  residentId,
  rule,
  singleSpaces,
  trim,
  visible,
} from 'isthmus/clean'
import { ldapFilter } from 'isthmus/ldap'
import { damerau, exact, jaroWinkler, matcher, sameKey } from 'isthmus/match'
import { hrm } from '../systems.ts'
import { instant, Text } from './books.ts'

export const Person = Type.Object({
  employeeNumber: Text,
  displayName: Text,
  departmentNumber: Text,
  employeeType: Text,
  mobile: Text,
  residentId: Text,
  birthDate: Text,
  hireDate: Text,
  modifyTimestamp: instant,
})

type TypedPerson = Type.Static<typeof Person>

export const people = hrm.search('people', {
  request: model('PeopleQuestion', { version: 1, schema: Type.Object({ kind: Text }) }),
  response: model('People', {
    version: 1,
    pii: ['displayName', 'mobile', 'residentId', 'birthDate'],
    schema: Type.Array(Person),
  }),
  base: 'ou=people,dc=factory',
  filter: ({ kind }) => ldapFilter`(objectClass=${kind})`,
  limit: 10_000,
})

const betweenHan = named('no spaces between Chinese characters', (name: string) =>
  name.replace(/(?<=\p{Script=Han})\s+(?=\p{Script=Han})/gu, ''),
)

export const cleaners = {
  displayName: chain(visible, halfWidth, singleSpaces, trim, betweenHan),
  mobile: chain(visible, halfWidth, phone('CN', { type: 'mobile' })),
  residentId: chain(halfWidth, residentId()),
  birthDate: chain(halfWidth, date()),
  hireDate: chain(halfWidth, date()),
}

/** GB 11643-1999: the digits 7 to 14 are the day of birth. */
export const bornAsNumbered = rule(
  'born as the identity number says',
  { reason: 'the date of birth is not the one of the identity number' },
  ({ residentId, birthDate }: { readonly residentId: string; readonly birthDate: string }) =>
    birthDate.replaceAll('-', '') === residentId.slice(6, 14),
)

// A factory has too few people to learn weights from. An identity number tells people apart, a name hardly.
const twins = matcher<TypedPerson>({
  fields: {
    identity: { value: cleanedBy(cleaners.residentId, person => person.residentId), by: exact, rare: false },
    mobile: {
      value: cleanedBy(cleaners.mobile, person => person.mobile),
      by: damerau,
      steps: [],
      rare: false,
    },
    name: {
      value: person => cleaners.displayName(person.displayName),
      by: jaroWinkler,
      steps: [0.9],
      rare: false,
    },
  },
  blocks: [
    sameKey(
      'identity',
      cleanedBy(cleaners.residentId, person => person.residentId),
    ),
    sameKey(
      'mobile',
      cleanedBy(cleaners.mobile, person => person.mobile),
    ),
  ],
  weights: {
    fields: {
      identity: { m: [0.99, 0.01], u: [0.0001, 0.9999] },
      mobile: { m: [0.95, 0.05], u: [0.001, 0.999] },
      name: { m: [0.8, 0.1, 0.1], u: [0.02, 0.05, 0.93] },
    },
    prior: 0.001,
  },
})

/** With the number under which each person is known first; their own where they are there once. */
export function withFirstNumber(found: readonly TypedPerson[]): (TypedPerson & { firstNumber: string })[] {
  const people = found.toSorted((a, b) => (a.employeeNumber < b.employeeNumber ? -1 : 1))
  const { clusters } = twins.deduplicate(people)
  return clusters.flatMap(places => {
    const same = places.map(place => people[place] as TypedPerson)
    const firstNumber = same.map(({ employeeNumber }) => employeeNumber).sort()[0] as string
    return same.map(person => ({ ...person, firstNumber }))
  })
}

/** Nothing where it cannot be cleaned. */
function cleanedBy(clean: Cleaner<string, string>, of: (person: TypedPerson) => string) {
  return (person: TypedPerson): string | undefined => {
    try {
      return clean(of(person))
    } catch {
      return undefined
    }
  }
}
