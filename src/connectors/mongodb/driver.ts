import { IsthmusError } from '../../errors.ts'

export type Driver = typeof import('mongodb')

/** The driver is an optional peer dependency, loaded at first use. */
export async function loadDriver(): Promise<Driver> {
  try {
    return await import('mongodb')
  } catch (cause) {
    throw new IsthmusError(
      'CONFIG-DRIVER',
      'The mongodb connector needs the package mongodb, and it is not installed. Run: npm install mongodb',
      { cause },
    )
  }
}
