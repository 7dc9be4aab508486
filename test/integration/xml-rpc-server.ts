/** XML-RPC as a server has it: written for tests, apart from the connector, and for well-formed calls only. */

export interface XmlRpcCall {
  readonly method: string
  readonly params: readonly Tagged[]
}

/** A value with its tag; of a struct or array, the values within. */
export interface Tagged {
  readonly tag: string
  readonly text: string
  readonly members: Readonly<Record<string, Tagged>>
  readonly items: readonly Tagged[]
}

interface Element {
  readonly name: string
  text: string
  readonly children: Element[]
}

export function readCall(body: Uint8Array): XmlRpcCall {
  const [call] = elements(Buffer.from(body).toString('utf8')).children
  const params = childrenOf(child(call, 'params'), 'param').map(param => tagged(child(param, 'value')))
  return { method: child(call, 'methodName')?.text ?? '', params }
}

/** The document that answers with this `value` element. */
export function answerWith(value: string): Buffer {
  return Buffer.from(`<?xml version="1.0"?>
<methodResponse><params><param>${value}</param></params></methodResponse>`)
}

export function faultWith(code: number, text: string): Buffer {
  const member = (name: string, value: string) =>
    `<member><name>${name}</name><value>${value}</value></member>`
  const struct =
    member('faultCode', `<int>${code}</int>`) + member('faultString', `<string>${escaped(text)}</string>`)
  return Buffer.from(`<?xml version="1.0"?><methodResponse><fault><value><struct>${struct}</struct></value></fault>
</methodResponse>`)
}

export function escaped(text: string): string {
  return text.replace(/[&<>\r]/g, sign => `&#${sign.charCodeAt(0)};`)
}

function elements(text: string): Element {
  const root: Element = { name: '', text: '', children: [] }
  const open = [root]
  for (const [, end, name, empty, chars] of text.matchAll(/<([/?]?)([\w:.]+)[^>]*?(\/?)>|([^<]+)/g)) {
    const top = open.at(-1) as Element
    if (chars !== undefined) top.text += unescaped(chars)
    else if (end === '/') open.pop()
    else if (end === '') {
      const element = { name: name ?? '', text: '', children: [] }
      top.children.push(element)
      if (!empty) open.push(element)
    }
  }
  return root
}

function tagged(value: Element | undefined): Tagged {
  const [inner] = value?.children ?? []
  const members = childrenOf(inner, 'member').map(member => {
    return [child(member, 'name')?.text ?? '', tagged(child(member, 'value'))] as const
  })
  return {
    tag: inner?.name ?? 'string',
    text: inner ? inner.text : (value?.text ?? ''),
    members: Object.fromEntries(members),
    items: childrenOf(child(inner, 'data'), 'value').map(tagged),
  }
}

function childrenOf(element: Element | undefined, name: string): Element[] {
  return element?.children.filter(each => each.name === name) ?? []
}

function child(element: Element | undefined, name: string): Element | undefined {
  return childrenOf(element, name)[0]
}

const signs: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescaped(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/&(?:#(\d+)|#x([\da-fA-F]+)|(\w+));/g, (_, digits, hex, name) => {
      if (name) return signs[name] ?? ''
      return String.fromCodePoint(Number.parseInt(digits ?? hex, digits ? 10 : 16))
    })
}
