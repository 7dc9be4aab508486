import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { IsthmusError } from '../../errors.ts'
import type { OptionNames } from '../../message/option-names.ts'
import type { Reference, Setting } from '../../system/setting.ts'

/** Looked up when a connection opens. All in PEM; `secretFile` reads a file. */
export interface TlsOptions {
  /** The certificate that we show, with those between it and its authority. Needs `key`. Default: none is shown. */
  readonly cert?: Setting | undefined
  /** The private key of `cert`. */
  readonly key?: Reference | undefined
  /** Of a `key` that is encrypted. Default: it is not. */
  readonly passphrase?: Reference | undefined
  /** Certificates of authorities that are trusted instead of all others. Default: those that Node knows. */
  readonly ca?: Setting | undefined
}

export const tlsNames: OptionNames<TlsOptions> = { cert: true, key: true, passphrase: true, ca: true }

/** What a TLS connection of this system is made with. Throws CONFIG-... without any of the material in it. */
export function certificatesOf(
  tls: TlsOptions | undefined,
  system: string,
  resolve: (setting: Setting) => string,
): SecureContextOptions {
  if (!tls) return {}
  if ((tls.cert === undefined) !== (tls.key === undefined)) throw unusable(system, 'cert and key go together')
  const material: Record<string, string> = {}
  for (const name of ['cert', 'key', 'passphrase', 'ca'] as const) {
    const setting = tls[name]
    if (setting !== undefined) material[name] = resolve(setting)
  }
  try {
    createSecureContext(material)
  } catch (error) {
    const { code } = error as { code?: unknown }
    throw unusable(system, typeof code === 'string' ? code : 'it is no PEM')
  }
  return material
}

function unusable(system: string, reason: string): IsthmusError {
  return new IsthmusError('CONFIG-INVALID', `The tls of system ${system} cannot be used: ${reason}.`)
}
