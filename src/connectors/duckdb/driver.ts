import { IsthmusError } from '../../errors.ts'

export type Duckdb = typeof import('@duckdb/node-api')

/** The driver is an optional peer dependency, loaded at first use. */
export async function loadDuckdb(): Promise<Duckdb> {
  try {
    return await import('@duckdb/node-api')
  } catch (cause) {
    const text =
      'The duckdb connector needs the package @duckdb/node-api, and it is not installed. Run: npm install @duckdb/node-api'
    throw new IsthmusError('CONFIG-DRIVER', text, { cause })
  }
}
