import { pipeline } from 'isthmus'
import * as dimensions from './dimensions.ts'
import * as facts from './facts.ts'
import * as marts from './marts.ts'

/**
 * A star schema of the whole factory. It is called nightly, as it would be in a real one: here a day is a minute, so that
 * there is something to see, and less where the factory is told so.
 */
export const nightly = pipeline('nightly', {
  tables: [...Object.values(dimensions), ...Object.values(facts), ...Object.values(marts)],
  schedule: { every: process.env.FACTORY_NIGHT || '1m', missed: 'last' },
  retry: { times: 5, pause: '2s' },
  parallel: 4,
})
