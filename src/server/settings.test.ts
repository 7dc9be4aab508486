import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { IsthmusError } from '../errors.ts'
import { Redactor } from '../observe/redactor.ts'
import { env, type Setting, secret, secretFile } from '../system/setting.ts'
import { resolveSetting } from './settings.ts'

test('a setting is given, or found in the environment or a file; secrets are known to the redactor at once', t => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-settings-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'secret')
  writeFileSync(file, 'from-a-file\n')
  const redactor = new Redactor()
  const variables = {
    URL: 'https://user:hidden-password@host/',
    TOKEN: 'from-the-env',
    OTHER_FILE: file,
    EMPTY: '',
  }
  const value = (setting: Setting) => resolveSetting(setting, 'erp', variables, redactor)
  assert.equal(value('as it is'), 'as it is')
  assert.equal(value(env('URL')), variables.URL)
  assert.equal(value(env('EMPTY', 'a default')), 'a default')
  assert.equal(value(env('EMPTY', '')), '')
  assert.equal(value(secret('TOKEN')), 'from-the-env')
  assert.equal(value(secret('OTHER')), 'from-a-file')
  assert.equal(value(secretFile(file)), 'from-a-file')
  const shown = redactor.text('hidden-password, from-the-env, from-a-file, as it is')
  assert.equal(shown, '[secret], [secret], [secret], as it is')
})

test('what is missing is named with its system and what to do', () => {
  const cases: [Setting, RegExp][] = [
    [env('ERP_URL'), /System erp: ERP_URL is not set\. Set the environment variable ERP_URL\./],
    [secret('ERP_TOKEN'), /ERP_TOKEN is not set\..*or ERP_TOKEN_FILE to the path/],
    [secretFile('/no/such/file'), /\/no\/such\/file, which cannot be read: ENOENT/],
    [secret('GONE'), /\/gone \(from GONE_FILE\), which cannot be read/],
  ]
  for (const [setting, says] of cases)
    assert.throws(
      () => resolveSetting(setting, 'erp', { GONE_FILE: '/gone' }, new Redactor()),
      (error: unknown) =>
        error instanceof IsthmusError && error.code === 'CONFIG-MISSING' && says.test(error.message),
    )
})
