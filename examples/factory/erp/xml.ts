import { SaxesParser } from 'saxes'

export interface FlatDocument {
  readonly root: string
  readonly fields: Readonly<Record<string, string>>
}

/** A document of one level, `<Root><Name>text</Name>...</Root>`; undefined for anything else. */
export function readXml(text: string): FlatDocument | undefined {
  const fields: Record<string, string> = Object.create(null)
  const open: string[] = []
  let root = ''
  let value = ''
  const parser = new SaxesParser()
  parser.on('doctype', () => parser.fail('a document type is not accepted'))
  parser.on('opentag', ({ name }) => {
    root ||= name
    value = ''
    if (open.push(name) > 2) parser.fail(`nothing is expected inside ${open.at(-2)}`)
  })
  parser.on('text', part => {
    value += part
  })
  parser.on('closetag', ({ name }) => {
    if (open.pop() && open.length === 1) fields[name] = value.trim()
  })
  parser.on('error', error => {
    throw error
  })
  try {
    parser.write(text).close()
    return { root, fields }
  } catch {
    return undefined
  }
}

export function writeXml(root: string, fields: Readonly<Record<string, string | number | bigint>>): string {
  const elements = Object.entries(fields).map(
    ([name, value]) => `<${name}>${escapeText(String(value))}</${name}>`,
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${elements.join('')}</${root}>\n`
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
