/** A search filter whose structure is the author's alone: every value is data, whatever characters it holds. */
export class LdapFilter {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Tags a template: `` ldapFilter`(&(objectClass=person)(uid=${request.user}))` ``. Filters may hold filters. */
export function ldapFilter(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | boolean | LdapFilter)[]
): LdapFilter {
  const shown = values.map(value => (value instanceof LdapFilter ? value.text : escaped(String(value))))
  return new LdapFilter(strings.map((text, n) => text + (shown[n] ?? '')).join(''))
}

/** Source: RFC 4515, section 3. */
function escaped(value: string): string {
  return value.replace(/[*()\\\0]/g, char => `\\${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
