import { IsthmusError } from '../../../errors.ts'

/** The driver is an optional peer dependency, loaded at first use. */
export async function loadSsh2(): Promise<Pick<typeof import('ssh2'), 'Client'>> {
  try {
    return (await import('ssh2')).default
  } catch (cause) {
    throw new IsthmusError(
      'CONFIG-DRIVER',
      'SFTP needs the package ssh2, and it is not installed. Run: npm install ssh2',
      { cause },
    )
  }
}
