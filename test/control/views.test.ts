import assert from 'node:assert/strict'
import { test } from 'node:test'
import { peopleScene } from '../security/people-scene.ts'

interface View {
  readonly id: string
  readonly name: string
  readonly by: string
  readonly search: string
}

test('views are kept for each account, shared with those who may see what they name, and deleted by their owner', async t => {
  const scene = await peopleScene(t)
  const ann = await scene.person('ann', [{ role: 'operator' }])
  const bob = await scene.person('bob', [{ role: 'viewer', scope: { flows: ['alpha'] } }])
  const owner = await scene.person('owner', [{ role: 'admin' }])
  const names = async (who: typeof ann) =>
    (await who.get<{ views: View[] }>('/api/v1/views')).views.map(({ name, by }) => `${by}: ${name}`)
  const save = (who: typeof ann, name: string, search: string, shared = false) =>
    who.get<View>('/api/v1/views/new', { name, place: 'failures', search, shared })

  await save(ann, 'Morning', 'by=flow')
  const beta = await save(ann, 'Beta', 'flow=beta&hide=owner', true)
  const alpha = await save(ann, 'Alpha', 'flow=alpha', true)
  assert.deepEqual(await names(ann), ['ann: Alpha', 'ann: Beta', 'ann: Morning'])
  assert.deepEqual(await names(bob), ['ann: Alpha'], 'what is out of reach is not named by a filter')
  await save(ann, 'Morning', 'by=message')
  const { views } = await ann.get<{ views: View[] }>('/api/v1/views')
  assert.deepEqual(
    views.filter(({ name }) => name === 'Morning').map(({ search }) => search),
    ['by=message'],
  )

  const remove = async (who: typeof ann, id: string) =>
    (await who.ask(`/api/v1/views/${id}/remove`, { body: {} })).status
  const own = views.find(({ name }) => name === 'Morning')?.id ?? ''
  assert.equal(await remove(bob, alpha.id), 403)
  assert.equal(await remove(owner, own), 404, 'what is not shared is not there for others')
  assert.equal(await remove(owner, beta.id), 200)
  assert.equal(await remove(ann, own), 200)
  assert.deepEqual(await names(ann), ['ann: Alpha'])
  assert.equal(
    (await ann.ask('/api/v1/views/new', { body: { name: ' ', place: 'x', search: '', shared: true } }))
      .status,
    400,
  )
  const { balanced } = await scene.instance.operations.balance()
  assert.ok(balanced)
})
