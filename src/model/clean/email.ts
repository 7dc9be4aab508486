import { domainToASCII } from 'node:url'
import { type Cleaner, named, plainText, unclean } from './cleaner.ts'

const wanted = 'an e-mail address'
/** RFC 5321 section 4.5.3.1, with what may stand around it. */
const longest = 400
const atom = "[\\p{L}\\p{M}\\p{N}!#$%&'*+/=?^_`{|}~-]+"
const dotted = new RegExp(`^${atom}(?:\\.${atom})*$`, 'u')
const quoted = /^"(?:[^"\\\r\n]|\\[^\r\n])*"$/

/**
 * One e-mail address: the domain in small letters, an international one as DNS has it (`xn--…`), the local part as it is,
 * since its owner's server may tell cases apart. `mailto:`, a name and angle brackets around it, full-width signs, blanks
 * beside the `@` and a sign of punctuation behind it go. Source: RFC 5321, 5322, 6531.
 */
export const email: Cleaner<string, string> = named('email', value => {
  const text = plainText(value, longest, wanted)
    .replace(/^mailto:/i, '')
    .replace(/^[^<>]*<([^<>]*)>$/, '$1')
    .replace(/[,;，；。.、]$/, '')
    .trim()
  const at = text.lastIndexOf('@')
  const local = text.slice(0, at).trim()
  const domain = text
    .slice(at + 1)
    .trim()
    .replaceAll('。', '.')
  if (at < 1 || !(local.startsWith('"') ? quoted.test(local) : dotted.test(local)))
    throw unclean(value, wanted)
  const ascii = /[\s[\]:/?#%\\]/.test(domain) ? '' : domainToASCII(domain).toLowerCase()
  const labels = ascii.split('.')
  const isDomain =
    labels.length > 1 &&
    ascii.length <= 253 &&
    labels.every(label => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? '')
  if (!isDomain || Buffer.byteLength(local) > 64) throw unclean(value, wanted)
  return `${local}@${ascii}`
})
