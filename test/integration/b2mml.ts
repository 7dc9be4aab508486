import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** Types that documents of the set name and that are in none of them, by the document that should have them. */
const missing: Readonly<Record<string, readonly string[]>> = {
  'B2MML-InformationObject': ['InformationObjectType', 'InformationObjectTypeType'],
  'B2MML-OperationsTest': ['TestResultType', 'TestSpecificationType'],
  'BatchML-GeneralRecipeExtensions': [],
  'BatchML-BatchInformationExtensions': [],
  'BatchML-BatchProductionRecordExtensions': [],
}

/** A copy of the schemas of B2MML with what they include and do not bring, left empty. It ends with the test. */
export async function wholeB2mml(t: TestContext, corpus: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-xsd-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await cp(join(corpus, 'isa95-b2mml', 'xsd'), folder, { recursive: true })
  for (const [name, types] of Object.entries(missing)) {
    const namespace = `http://www.mesa.org/xml/B2MML${name.endsWith('Extensions') ? '-AllExtensions' : ''}`
    const content = types.map(type => `<complexType name="${type}"/>`).join('')
    const text = `<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="${namespace}" elementFormDefault="qualified">${content}</schema>`
    await writeFile(join(folder, `${name}.xsd`), text)
  }
  return folder
}
