import { IsthmusError } from '../../errors.ts'

export type Driver = Pick<typeof import('mqtt-packet'), 'generate' | 'parser'>

/** The driver is an optional peer dependency, loaded at first use. */
export async function loadDriver(): Promise<Driver> {
  try {
    return (await import('mqtt-packet')).default
  } catch (cause) {
    throw new IsthmusError(
      'CONFIG-DRIVER',
      'The mqtt connector needs the package mqtt-packet, and it is not installed. Run: npm install mqtt-packet',
      { cause },
    )
  }
}
