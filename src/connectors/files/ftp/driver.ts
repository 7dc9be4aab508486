import { IsthmusError } from '../../../errors.ts'

/** The driver is an optional peer dependency, loaded at first use. */
export async function loadBasicFtp(): Promise<typeof import('basic-ftp')> {
  try {
    return await import('basic-ftp')
  } catch (cause) {
    throw new IsthmusError(
      'CONFIG-DRIVER',
      'FTP needs the package basic-ftp, and it is not installed. Run: npm install basic-ftp',
      { cause },
    )
  }
}
