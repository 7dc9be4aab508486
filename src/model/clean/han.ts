import { createRequire } from 'node:module'
import { IsthmusError } from '../../errors.ts'
import { type Cleaner, named } from './cleaner.ts'

type Converter = (text: string) => string
interface Scripts {
  readonly from: string
  readonly to: string
}
/** The types that the package brings do not resolve as a module of Node. */
type OpenCc = { [K in keyof Pick<typeof import('opencc-js'), 'Converter'>]: (scripts: Scripts) => Converter }

/** `t` OpenCC's standard, `tw` Taiwan, `twp` Taiwan with its words for things (軟體), `hk` Hong Kong. */
export type Traditional = 't' | 'tw' | 'twp' | 'hk'

/** In simplified characters, by OpenCC's phrases; `from` says how the traditional ones are written. Default `t`. */
export function simplified(from: Traditional = 't'): Cleaner<string, string> {
  return converted(`simplified(${from === 't' ? '' : `'${from}'`})`, 'opencc-js/t2cn', { from, to: 'cn' })
}

/** In traditional characters; one simplified character may stand for several, which OpenCC tells apart by the words. */
export function traditional(to: Traditional = 't'): Cleaner<string, string> {
  return converted(`traditional(${to === 't' ? '' : `'${to}'`})`, 'opencc-js/cn2t', { from: 'cn', to })
}

function converted(name: string, entry: string, scripts: Scripts): Cleaner<string, string> {
  return named(name, load<OpenCc>(entry, 'Simplified and traditional characters').Converter(scripts))
}

const require = createRequire(import.meta.url)

/**
 * Packages that cleaners use are optional peer dependencies. One is loaded when the first cleaner that needs it is made, so
 * that a flow without it does not start, and no message is parked for it.
 */
export function load<T>(entry: string, who: string): T {
  try {
    return require(entry) as T
  } catch (cause) {
    const [name = ''] = entry.split('/')
    throw new IsthmusError(
      'CONFIG-DRIVER',
      `${who} need the package ${name}, and it is not installed. Run: npm install ${name}`,
      { cause },
    )
  }
}
