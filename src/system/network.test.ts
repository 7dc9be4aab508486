import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressRule, checkAllowed, kindOfAddress } from './network.ts'

const special = [
  '127.0.0.1',
  '127.8.8.8',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '0:0:0:0:0:ffff:7f00:0001',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '169.254.169.254',
  '::ffff:169.254.169.254',
  'fd00:ec2::254',
  'fe80::1',
  'fec0::1',
  '::127.0.0.1',
  '4000::1',
  'fe80::1%eth0',
  '0.0.0.0',
  '::',
  '224.0.0.1',
  '255.255.255.255',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
]

test('by default only public addresses are called', () => {
  const allows = addressRule([])
  for (const address of special) assert.equal(allows(address), false, address)
  for (const address of ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])
    assert.equal(allows(address), true, address)
  for (const text of ['', 'localhost', '1', '0x7f000001', '127.1']) assert.equal(allows(text), false, text)
})

test('each allowance allows what it says and no more', () => {
  const loopback = addressRule(['loopback'])
  assert.ok(loopback('127.0.0.1') && loopback('::1') && loopback('::ffff:127.0.0.1'))
  assert.ok(!loopback('10.0.0.1') && !loopback('169.254.169.254'))
  const company = addressRule(['private'])
  assert.ok(company('10.0.0.1') && company('192.168.0.9') && company('fd12::1'))
  assert.ok(!company('127.0.0.1') && !company('169.254.169.254') && !company('fe80::1'))
  const network = addressRule(['169.254.7.0/24'])
  assert.ok(network('169.254.7.1') && !network('169.254.169.254') && network('8.8.8.8'))
})

test('what is not allowed is told with the word that allows it', () => {
  assert.match(kindOfAddress('::ffff:127.0.0.1'), /allow: \['loopback'\]/)
  assert.match(kindOfAddress('10.0.0.1'), /allow: \['private'\]/)
  assert.match(kindOfAddress('169.254.7.1'), /allow: \['169.254.7.1\/32'\]/)
  for (const wrong of ['everything', '10.0.0.0/33', '10.0.0/8', '/8'])
    assert.throws(() => checkAllowed('erp', [wrong as 'private']), { code: 'FLOW-DEFINITION' })
})

test('where clouds give out credentials is not meant by private, and nobody is told how to allow it', () => {
  const company = addressRule(['loopback', 'private', '169.254.7.0/24'])
  const addresses = ['169.254.169.254', '::ffff:169.254.169.254', '169.254.170.2', '100.100.100.200']
  for (const address of [...addresses, 'fd00:ec2::254', 'fd20:ce:0::254', '168.63.129.16', '192.0.0.192']) {
    assert.equal(company(address), false, address)
    assert.match(kindOfAddress(address), /gives the credentials of this machine to whoever asks/)
    assert.doesNotMatch(kindOfAddress(address), /allow/)
  }
  assert.ok(company('100.100.100.201') && company('fd00:ec2::255') && company('169.254.7.1'))
  assert.ok(addressRule(['169.254.169.254/32'])('169.254.169.254'), 'whoever means it says so')
})
