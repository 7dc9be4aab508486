const longest = 24

/**
 * How a text is written: `A` for a capital, `a` for another letter, `9` for a digit, `汉` for a Chinese character, signs as
 * they are: `AB-1234` is `AA-9999`. Runs of more than eight of a kind are one with `+`.
 */
export function patternOf(text: string): string {
  let pattern = ''
  let last = ''
  let run = 0
  for (const sign of text.length > 200 ? text.slice(0, 200) : text) {
    const kind = kindOf(sign)
    run = kind === last ? run + 1 : 1
    last = kind
    if (run === 9) pattern = `${pattern.slice(0, -7 * kind.length)}+`
    if (run < 9) pattern += kind
  }
  return pattern.length > longest ? `${pattern.slice(0, longest)}…` : pattern
}

function kindOf(sign: string): string {
  const code = sign.charCodeAt(0)
  if (code < 128) {
    if (code >= 48 && code <= 57) return '9'
    if (code >= 65 && code <= 90) return 'A'
    if (code >= 97 && code <= 122) return 'a'
    return code < 32 ? '␣' : sign
  }
  if (/\p{Script=Han}/u.test(sign)) return '汉'
  if (/\p{Lu}/u.test(sign)) return 'A'
  if (/\p{L}/u.test(sign)) return 'a'
  return /\p{Nd}/u.test(sign) ? '9' : sign
}
