import { failureBefore, Shared } from '../http/shared.ts'

/** What the service is asked for before the first message, once for all; its failure is that of no message. */
export function sharedBefore<T extends object>(fetch: () => Promise<T>, what: string): Shared<T> {
  const obtain = async () => {
    try {
      return await fetch()
    } catch (error) {
      throw failureBefore(error, 'CONFIG-INVALID')
    }
  }
  return new Shared(obtain, `waiting for ${what}`)
}
