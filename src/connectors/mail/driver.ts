import { IsthmusError } from '../../errors.ts'

/** The drivers are optional peer dependencies, loaded at first use. */
export async function loadImapflow(): Promise<typeof import('imapflow')> {
  return loaded('imapflow', () => import('imapflow'))
}

export async function loadMailparser(): Promise<typeof import('mailparser')> {
  return loaded('mailparser', () => import('mailparser'))
}

export async function loadNodemailer() {
  const load = async () => {
    const [composer, connection, parser] = await Promise.all([
      import('nodemailer/lib/mail-composer'),
      import('nodemailer/lib/smtp-connection'),
      import('nodemailer/lib/addressparser'),
    ])
    return {
      MailComposer: composer.default,
      SMTPConnection: connection.default,
      parseAddresses: parser.default,
    }
  }
  return loaded('nodemailer', load)
}

async function loaded<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    throw new IsthmusError(
      'CONFIG-DRIVER',
      `The mail connector needs the package ${name}, and it is not installed. Run: npm install ${name}`,
      { cause },
    )
  }
}
