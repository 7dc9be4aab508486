import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { encodeText } from '../../src/message/codec/encode-text.ts'
import { startInstance } from '../../src/server/instance.ts'
import { until } from '../../test/integration/files-harness.ts'
import {
  parameter,
  portOf,
  settings,
  sshdUrl,
  testPlace,
  vsftpdUrl,
  withoutFtp,
  withoutSftp,
} from '../../test/integration/files-remote-harness.ts'
import example from './isthmus.ts'

test('prices go from an SFTP server to an FTPS server, one file each', {
  skip: withoutSftp || withoutFtp,
  timeout: 240_000,
}, async t => {
  const [out, into] = [await testPlace(t, 'SFTP'), await testPlace(t, 'FTPS')]
  const data = mkdtempSync(join(tmpdir(), 'isthmus-sftp-'))
  writeFileSync(
    join(out.disk, 'prices-1.csv'),
    encodeText('article,price,unit\nM1,12.50,个\nM2,0.10,公斤\n', 'gb18030'),
  )
  const instance = await startInstance({
    landscape: example,
    data,
    port: 0,
    control: { port: 0 },
    environment: {
      SUPPLIER_SFTP: `sftp://127.0.0.1:${sshdUrl.port}${out.disk}`,
      SUPPLIER_USER: sshdUrl.username,
      SUPPLIER_KEY: settings.KEY,
      SUPPLIER_HOST_KEY: parameter(sshdUrl, 'host'),
      WAREHOUSE_FTP: `ftp://127.0.0.1:${portOf('FTPS')}/${into.disk.split('/').at(-1)}`,
      WAREHOUSE_USER: vsftpdUrl.username,
      WAREHOUSE_PASSWORD: settings.PASSWORD,
      WAREHOUSE_CA: settings.CA,
    },
    log: () => {},
  })
  const written = () => readdirSync(into.disk).filter(name => name.endsWith('.json'))
  try {
    await until(() => written().length === 2)
    const texts = written().map(name => JSON.parse(readFileSync(join(into.disk, name), 'utf8')))
    assert.deepEqual(
      texts.sort((a, b) => a.sku.localeCompare(b.sku)),
      [
        { sku: 'M1', amount: '12.50' },
        { sku: 'M2', amount: '0.10' },
      ],
    )
    await until(() => readdirSync(join(out.disk, 'done')).includes('prices-1.csv'))
  } finally {
    await instance.stop()
    rmSync(data, { recursive: true, force: true })
  }
})
