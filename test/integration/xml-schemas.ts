import { execFile } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Where the program, the schemas and the corpus are; undefined where they are not, which is said in the name of the test. */
export const places = {
  xmllint: process.env.ISTHMUS_TEST_XMLLINT,
  ubl: process.env.ISTHMUS_TEST_UBL_SCHEMAS,
  b2mml: process.env.ISTHMUS_CORPUS && join(process.env.ISTHMUS_CORPUS, 'isa95-b2mml/xsd'),
}

/** False, or why a test that needs these is skipped; a failure where servers must be there. */
export function lacks(...needed: (keyof typeof places)[]): string | false {
  const missing = needed.filter(name => !places[name])
  if (missing.length === 0) return false
  const reason = `needs ${missing.join(', ')}: see test/integration/xml-schemas.ts`
  if (process.env.ISTHMUS_REQUIRE_SERVERS === '1' && !missing.includes('b2mml')) throw new Error(reason)
  return reason
}

/** What xmllint says against documents of one kind; '' where all are valid. */
export async function faultsOf(
  documents: readonly Uint8Array[],
  schema: string,
  folder: string,
): Promise<string> {
  const files = documents.map((document, index) => {
    const file = join(folder, `document-${index}.xml`)
    writeFileSync(file, document)
    return file
  })
  try {
    await run(places.xmllint as string, ['--nonet', '--noout', '--schema', schema, ...files])
    return ''
  } catch (error) {
    return String((error as { stderr?: string }).stderr ?? error)
  }
}

/** The schemas of UBL 2.1 out of their jars, with those of W3C and UN/CEFACT that they import beside them. */
export async function ublSchemas(folder: string): Promise<(document: string) => string> {
  const jars = places.ubl as string
  for (const jar of readdirSync(jars).filter(name => /ubl21|ccts|xmldsig|xades/.test(name)))
    await run('unzip', ['-qo', join(jars, jar), '*.xsd', '-d', folder])
  const common = join(folder, 'external/schemas/ubl21/common')
  for (const name of globSync('schemas/*.xsd', { cwd: folder }))
    copyFileSync(join(folder, name), join(common, name.replace('schemas/', '')))
  importFrom(common, {
    'urn:un:unece:uncefact:data:specification:CoreComponentTypeSchemaModule:2': 'CCTS_CCT_SchemaModule.xsd',
    'http://www.w3.org/2000/09/xmldsig#': 'xmldsig-core-schema.xsd',
    'http://uri.etsi.org/01903/v1.3.2#': 'XAdES01903v132-201601.xsd',
    'http://uri.etsi.org/01903/v1.4.1#': 'XAdES01903v141-201601.xsd',
  })
  return document => join(folder, `external/schemas/ubl21/maindoc/UBL-${document}-2.1.xsd`)
}

/** Says in every schema of a folder where the schemas of these namespaces are. */
function importFrom(folder: string, files: Readonly<Record<string, string>>): void {
  for (const name of globSync('*.xsd', { cwd: folder })) {
    const text = readFileSync(join(folder, name), 'utf8')
    const told = text.replace(
      /<((?:\w+:)?import)\b([^>]*?)\/?>/g,
      (whole, tag: string, attributes: string) => {
        const [, namespace = ''] = /namespace\s*=\s*"([^"]*)"/.exec(attributes) ?? []
        const file = files[namespace]
        if (file === undefined) return whole
        return `<${tag} namespace="${namespace}" schemaLocation="${file}"${whole.endsWith('/>') ? '/' : ''}>`
      },
    )
    // A schema's own document type would be fetched from the net.
    writeFileSync(join(folder, name), told.replace(/<!DOCTYPE[\s\S]*?(\[[\s\S]*?\])?\s*>/, ''))
  }
}

/**
 * The schemas of B2MML V7 in the corpus, which lacks some files: what these define is declared as anything, since nothing of
 * it is written by us.
 */
export function b2mmlSchemas(folder: string): (name: string) => string {
  const from = places.b2mml as string
  mkdirSync(folder, { recursive: true })
  const texts = new Map(readdirSync(from).map(name => [name, readFileSync(join(from, name), 'utf8')]))
  const all = [...texts.values()].join('\n')
  const named = (kind: string) =>
    new Set([...all.matchAll(new RegExp(`<xsd:${kind}\\s+name\\s*=\\s*"([^"]+)"`, 'g'))].map(([, n]) => n))
  const types = new Set([...named('complexType'), ...named('simpleType')])
  const used = new Set([...all.matchAll(/\b(?:type|base)\s*=\s*"([A-Za-z]\w*)"/g)].map(([, name]) => name))
  const lost = [...used].filter(name => !types.has(name))
  const stubs = lost.map(
    name =>
      `<xsd:complexType name="${name}"><xsd:sequence><xsd:any minOccurs="0" maxOccurs="unbounded" processContents="skip"/></xsd:sequence></xsd:complexType>`,
  )
  for (const [name, text] of texts) {
    const kept = text.replace(
      /<xsd:include\s+schemaLocation\s*=\s*"([^"]+)"\s*\/>/g,
      (whole, file: string) => (existsSync(join(from, file)) ? whole : ''),
    )
    const filled =
      name === 'B2MML-Common.xsd' ? kept.replace('</xsd:schema>', `${stubs.join('\n')}</xsd:schema>`) : kept
    writeFileSync(join(folder, name), filled)
  }
  return name => join(folder, `B2MML-${name}.xsd`)
}
