import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ElementReader } from '../../src/connectors/soap/read-element.ts'
import { ElementWriter } from '../../src/connectors/soap/write-element.ts'
import { openDocument } from '../../src/contract/open-document.ts'
import { rootOf, SchemaDocuments } from '../../src/contract/xsd/schema-documents.ts'
import { SchemaSet } from '../../src/contract/xsd/schema-set.ts'
import { readElements } from '../../src/message/codec/xml-elements.ts'
import { propertyOf } from '../../src/message/codec/xml-shape.ts'
import { wholeB2mml } from './b2mml.ts'
import { RandomData } from './random-data.ts'

const corpus = process.env.ISTHMUS_CORPUS ?? ''
const isThere = spawnSync('xmllint', ['--version']).status === 0
const skip =
  (corpus === '' && 'set ISTHMUS_CORPUS to the folder of real files to run it') ||
  (!isThere && 'install xmllint (libxml2-utils) to run it')

for (const name of ['B2MML-OperationsSchedule', 'B2MML-OperationsPerformance', 'B2MML-ProcessSegment']) {
  test(`${name}: what is written is valid for another's validator, and is read as what it was`, {
    skip,
  }, async t => {
    const folder = await wholeB2mml(t, corpus)
    const schema = join(folder, `${name}.xsd`)
    const set = await setOf(schema)
    const random = new RandomData(7)
    const written: string[] = []
    for (const key of set.elementKeys) {
      for (let count = 0; count < 10; count++) {
        const element = set.element(key)
        assert.ok(element)
        const data = random.of(element.type, 4)
        const writer = new ElementWriter(set)
        const text = writer.element(element, data, '')
        const document = text.replace(/^<[^\s/>]+/, tag => tag + writer.declarations)
        const back = new ElementReader(set).element(
          readElements(Buffer.from(document)),
          element,
          propertyOf(undefined),
        )
        assert.deepEqual(back, data)
        const file = join(folder, `${written.length}.xml`)
        await writeFile(file, document)
        written.push(file)
      }
    }
    assert.ok(written.length >= 100)
    // It ends with another status than 0 unless all are valid.
    execFileSync('xmllint', ['--noout', '--nonet', '--schema', schema, ...written], { stdio: 'pipe' })
  })
}

async function setOf(file: string): Promise<SchemaSet> {
  const document = await openDocument(file)
  const documents = new SchemaDocuments()
  await documents.add(document, rootOf(document))
  return new SchemaSet(documents.found)
}
