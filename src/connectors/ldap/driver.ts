import { IsthmusError } from '../../errors.ts'

/** The driver is an optional peer dependency, loaded at first use. */
export async function loadLdapts(): Promise<typeof import('ldapts')> {
  try {
    return await import('ldapts')
  } catch (cause) {
    throw new IsthmusError(
      'CONFIG-DRIVER',
      'The ldap connector needs the package ldapts, and it is not installed. Run: npm install ldapts',
      { cause },
    )
  }
}
