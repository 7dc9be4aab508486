import { IsthmusError } from '../../errors.ts'

export type Driver = typeof import('@platformatic/kafka')
export type Avsc = typeof import('avsc')

/** The client is an optional peer dependency, loaded at first use. */
export async function loadDriver(): Promise<Driver> {
  try {
    return await import('@platformatic/kafka')
  } catch (cause) {
    throw missing('The kafka connector', '@platformatic/kafka', cause)
  }
}

/** For channels whose values are Avro. */
export async function loadAvsc(): Promise<Avsc> {
  try {
    const loaded = await import('avsc')
    return 'default' in loaded ? (loaded.default as Avsc) : loaded
  } catch (cause) {
    throw missing('Avro', 'avsc', cause)
  }
}

function missing(who: string, name: string, cause: unknown): IsthmusError {
  const text = `${who} needs the package ${name}, and it is not installed. Run: npm install ${name}`
  return new IsthmusError('CONFIG-DRIVER', text, { cause })
}
