/** `*` stands for any characters, `?` for one. Upper and lower case are the same, as many writers do not care. */
export function matcher(pattern: string): (name: string) => boolean {
  const escaped = pattern.replace(/[\\^$.|+()[\]{}]/g, '\\$&')
  const whole = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'isu')
  return name => whole.test(name)
}
