import {
  chineseName,
  damerau,
  longest,
  matcher,
  merge,
  mostTrusted,
  neighbours,
  newest,
  sameKey,
  syllables,
} from 'isthmus/match'

export interface Customer {
  readonly system: 'crm' | 'erp' | 'shop'
  readonly name: string
  readonly phone: string
  readonly city: string
  readonly changed: string
}

// Pairs are compared that share a phone or a name by sound, or are neighbours when sorted by name: not all with all.
export const customers = matcher<Customer>({
  fields: {
    name: { value: ({ name }) => name, by: chineseName },
    phone: { value: ({ phone }) => phone, by: damerau },
    city: { value: ({ city }) => city, by: chineseName, steps: [0.9] },
  },
  blocks: [
    sameKey('phone', ({ phone }) => phone),
    sameKey('name', ({ name }) => syllables(name).join('')),
    neighbours('sound', ({ name }) => syllables(name).join(' '), { reach: 3 }),
  ],
  match: 0.95,
  possible: 0.5,
})

/** One record of several that are the same customer; beside it, which record each field is from. */
export const goldenRecord = (cluster: readonly Customer[]) =>
  merge(cluster, {
    name: longest,
    phone: newest(({ changed }) => changed),
    city: mostTrusted(({ system }) => system, ['erp', 'crm']),
  })
