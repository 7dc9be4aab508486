/** A configured value: given, or named and looked up when a connection is opened. */
export type Setting = string | Reference

/** Names a value without holding it, so that a landscape can be printed, hashed and stored. */
export interface Reference {
  readonly from: 'env' | 'secret' | 'file'
  readonly name: string
  readonly fallback?: string | undefined
}

/** The environment variable `name`; `fallback` where it is not set. */
export function env(name: string, fallback?: string): Reference {
  return { from: 'env', name, fallback }
}

/** The environment variable `name`, or the content of the file that `name`_FILE says. Never printed. */
export function secret(name: string): Reference {
  return { from: 'secret', name }
}

/** The content of a file, without the line end. Never printed. */
export function secretFile(path: string): Reference {
  return { from: 'file', name: path }
}

/** What people may see of a setting. */
export function describeSetting(setting: Setting): string {
  if (typeof setting === 'string') return setting
  return setting.from === 'env' ? `$${setting.name}` : `secret ${setting.name}`
}
