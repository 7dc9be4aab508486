import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type IsthmusError, reasonOf } from '../../src/errors.ts'
import { read } from '../../src/system/effect.ts'
import { startServer } from './http-harness.ts'
import { Anything, ask, canonical, folderOf, open } from './soap-harness.ts'

const corpus = process.env.ISTHMUS_CORPUS ?? ''
const home = join(corpus, 'soap-samples')

const cases = corpus === '' ? [] : readdirSync(home).sort()
const encoded = 'rpc/encoded, which is not supported'

/** Cases that are not run, and why. Everything else must pass. */
const skipped: Readonly<Record<string, string>> = {
  Message__Messages_suffixed_with_Input_Output: encoded,
  Message__Messages_suffixed_with_Request_Response: encoded,
  Message__overriding_namespace_prefix: encoded,
  NoParams__add_correct_namespace_for_operations_without_parameters: encoded,
  getAttachments__should_handle_not_MTOM_response: encoded,
  Dummy__should_use_defined_xml_key: 'sends raw XML, which our data cannot hold',
  login__complex_schema_xmlns_with_array_and_any_type_and_other_types:
    'its schema uses the prefix xs without declaring it, and is no XML with namespaces',
  getAvailability__should_not_fail_without_children: 'sends parts that its message does not have',
  getMessage__does_not_use_schema_xmlns: 'sends elements (Body) that its schema does not have',
  getMessage__force_use_schema_xmlns: 'sends elements (Body) that its schema does not have',
}

/** Of these the answer only is compared: the request is refused by the schema, or written otherwise for a reason. */
const noRequest: Readonly<Record<string, string>> = {
  Dummy__should_add_prefix_for_unqualified_global_elements:
    'sends an attribute (language) that its schema does not have',
  Dummy__should_parse_nil: 'sends nil for an element that is not nillable',
  RetrieveCustomerDetails__returning_a_date_should_parse_the_date: 'leaves out a required element',
  administrate__Complex_json_object_namespace_issue: 'sends an empty boolean',
  update__complex_extension_with_array_attributes:
    'sends as an element (replaceAll) what is an attribute in its schema',
  createData__should_generate_complex_type_request:
    'qualifies the part of an rpc message, and not the elements, whose schema says qualified',
  fooOp__should_return_back_good_response_object: 'leaves global elements without their namespace',
}

/** What is changed in the data of a request for it to be sent, since the schema refuses it, or it says what it does not mean. */
const mended: Readonly<Record<string, readonly [what: RegExp, by: string]>> = {
  Dummy__should_add_prefix_for_unqualified_global_elements: [/,?"@language":"en-US"/, ''],
  administrate__Complex_json_object_namespace_issue: [/"IgnoreDup":""/, '"IgnoreDup":true'],
  update__complex_extension_with_array_attributes: [/"replaceAll"/, '"@replaceAll"'],
  ...Object.fromEntries(
    cases.filter(name => name.startsWith('SendCDATA')).map(name => [name, [/<!\[CDATA\[(.*?)\]\]>/, '$1']]),
  ),
}

/** Of these the request only is compared. */
const noAnswer: Readonly<Record<string, string>> = {
  execFile__valid_xml_generated_on_request_with_complex_type_element_form_default_unqualified:
    'it is another element than its WSDL says',
  Dummy__should_handle_cdata_xml_in_response:
    'that client reads the text of an element as a document; ours stays text',
  Dummy__should_handle_inline_types: 'that client makes dates objects and times minutes; ours stay text',
  Dummy__should_handle_nil: 'that client leaves out an element that is nil; ours is null',
  Dummy__should_parse_nil: 'that client leaves out an element that is nil; ours is null',
  RetrieveCustomerDetails__returning_a_date_should_parse_the_date:
    'that client makes dates objects; ours stay text',
}

if (corpus === '')
  test('real requests and answers', { skip: 'set ISTHMUS_CORPUS to the folder of real files to run it' })

for (const name of cases) {
  const reason = skipped[name]
  test(`${name}: written and read as another client does`, { skip: reason }, t => run(t, name))
}

async function run(t: TestContext, name: string): Promise<void> {
  const files = await copyOf(name)
  const { url, received } = await startServer(t, (_, response) => {
    const text = files['response.xml'] ?? '<nothing/>'
    const [, boundary] = /^--(.*)\n/.exec(text) ?? []
    const type = boundary === undefined ? 'text/xml' : `multipart/related; boundary=${boundary}`
    response.writeHead(200, { 'content-type': type }).end(text)
  })
  const folder = await folderOf(t, files)
  const { owner, connection } = await open(t, { wsdl: join(folder, 'soap.wsdl'), url })
  const operation = name.replace(/__.*/s, '')
  const channel = owner.operation('go', {
    operation,
    request: Anything,
    response: Anything,
    effect: read,
  })
  const given = JSON.stringify(ours(JSON.parse(files['request.json'] ?? 'null')) ?? {})
  const answer = await ask(connection, channel, JSON.parse(given.replace(...(mended[name] ?? [/^/, '']))))
  if (noRequest[name] === undefined) {
    assert.ok(received[0], `nothing was sent: ${'error' in answer && reasonOf(answer.error)}`)
    assert.equal(bodyOf(received[0].body), bodyOf(files['request.xml'] ?? ''))
  } else {
    t.diagnostic(`request not compared: it ${noRequest[name]}`)
    if (!received[0]) assert.equal((answer as { error?: IsthmusError }).error?.code, 'MSG-ENCODE')
  }
  if (noAnswer[name] !== undefined) return t.diagnostic(`answer not compared: ${noAnswer[name]}`)
  if (files['response.json'] === undefined) return
  if (!answer.ok) throw answer.error
  assert.deepEqual(plain(answer.result), plain(ours(JSON.parse(files['response.json']))))
}

/** The body of an envelope, without its header. */
function bodyOf(envelope: string): string {
  return canonical(envelope).replace(/^.*?<\{[^}]*\}Body /s, '')
}

/** Schemas that a case names and does not bring are put there empty. */
async function copyOf(name: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const file of await readdir(join(home, name)))
    files[file] = await readFile(join(home, name, file), 'utf8')
  for (const file of Object.keys(files).filter(each => /\.(?:xsd|wsdl)$/.test(each))) {
    files[file] = (files[file] ?? '').replaceAll('../../platform/', '')
    for (const [, namespace, location = ''] of files[file].matchAll(
      /namespace="([^"]*)" schemaLocation="([^"]*)"/g,
    ))
      files[location] ??= `<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="${namespace}"/>`
  }
  return files
}

/** Data by that client's convention, by ours. */
function ours(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ours)
  if (typeof value !== 'object' || value === null) return value
  const data: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    if (key === 'attributes') Object.assign(data, attributesOf(item))
    else if (key === '$value') data['#text'] = ours(item)
    else data[key.replace(/^.*:/, '')] = ours(item)
  }
  return data
}

function attributesOf(attributes: Record<string, unknown>): Record<string, unknown> {
  const data: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(attributes)) {
    const { type, xmlns } = item as { type?: string; xmlns?: string }
    if (key === 'xsi_type') data['@xsi:type'] = `{${xmlns}}${type}`
    else if (!key.startsWith('xsi:')) data[`@${key}`] = item
  }
  return data
}

/** What both conventions can say: text without space around it, nothing for what is empty. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? plain(value[0]) : value.map(plain)
  if (typeof value !== 'object' || value === null) return String(value ?? '').trim() || null
  const entries = Object.entries(value).filter(([key]) => key !== '@xsi:type')
  const [first, ...others] = entries
  if (!first) return null
  return others.length === 0 && first[0] === '#text'
    ? plain(first[1])
    : Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]))
}
