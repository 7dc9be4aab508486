import { IsthmusError } from '../../errors.ts'

export type Driver = Pick<typeof import('amqplib'), 'connect'>

/** The driver is an optional peer dependency, loaded at first use. */
export async function loadDriver(): Promise<Driver> {
  try {
    return await import('amqplib')
  } catch (cause) {
    throw new IsthmusError(
      'CONFIG-DRIVER',
      'The rabbitmq connector needs the package amqplib, and it is not installed. Run: npm install amqplib',
      { cause },
    )
  }
}
