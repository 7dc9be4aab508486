import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditText } from '../../console/src/pages/audit/text.ts'
import { actionOf } from '../../src/server/control/audited.ts'
import { controlRoutes } from '../../src/server/control/routes.ts'

interface Shape {
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, Shape>>
  readonly anyOf?: readonly Shape[]
}

/** What a body may say that is to be done. */
function verbs(shape: Shape | undefined): readonly (string | undefined)[] {
  const { do: what, decision } = shape?.properties ?? {}
  return what?.enum ?? (decision ? verbs(decision) : [undefined])
}

test('the console tells every order that the audit can hold in the words of both languages', () => {
  const orders = controlRoutes.filter(({ method, asks }) => method === 'POST' && !asks)
  const actions = orders.flatMap(route =>
    verbs(route.body as Shape | undefined).map(what =>
      actionOf(route, what === undefined ? {} : { do: what }),
    ),
  )
  const missing = [...new Set(actions)].filter(action => !(action in auditText.en.actions))
  assert.deepEqual(missing, [])
  assert.deepEqual(Object.keys(auditText.en.actions), Object.keys(auditText.zh.actions))
})
