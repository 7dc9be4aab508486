import { Type } from 'typebox'
import { country, date, id, identifier, list, maybe, text, time } from './values.ts'

export const address = (terms: string) =>
  Type.Object(
    {
      id: maybe(identifier('UBL cbc:ID')),
      postbox: maybe(text('UBL cbc:Postbox')),
      street: maybe(text('UBL cbc:StreetName')),
      additionalStreet: maybe(text('UBL cbc:AdditionalStreetName')),
      building: maybe(text('UBL cbc:BuildingName')),
      number: maybe(text('UBL cbc:BuildingNumber')),
      department: maybe(text('UBL cbc:Department')),
      district: maybe(text('UBL cbc:CitySubdivisionName')),
      city: maybe(text('UBL cbc:CityName')),
      postalCode: maybe(text('UBL cbc:PostalZone')),
      region: maybe(text('UBL cbc:CountrySubentity')),
      regionCode: maybe(text('UBL cbc:CountrySubentityCode')),
      lines: maybe(list(text('UBL cac:AddressLine*/cbc:Line'))),
      country: maybe(country('UBL cac:Country/cbc:IdentificationCode')),
      countryName: maybe(text('UBL cac:Country/cbc:Name')),
    },
    { title: 'Address', $comment: terms },
  )

export const contact = (terms: string) =>
  Type.Object(
    {
      name: maybe(text('UBL cbc:Name')),
      phone: maybe(text('UBL cbc:Telephone')),
      fax: maybe(text('UBL cbc:Telefax')),
      email: maybe(text('UBL cbc:ElectronicMail')),
    },
    { title: 'Contact', $comment: terms },
  )

export const person = (terms: string) =>
  Type.Object(
    {
      firstName: maybe(text('UBL cbc:FirstName')),
      familyName: maybe(text('UBL cbc:FamilyName')),
      middleName: maybe(text('UBL cbc:MiddleName')),
      jobTitle: maybe(text('UBL cbc:JobTitle')),
    },
    { title: 'Person', $comment: terms },
  )

const taxRegistration = Type.Object(
  {
    name: maybe(text('UBL cbc:RegistrationName')),
    id: maybe(identifier('UBL cbc:CompanyID')),
    exemption: maybe(list(text('UBL cbc:ExemptionReason'))),
    address: maybe(address('UBL cac:RegistrationAddress')),
    scheme: maybe(identifier('UBL cac:TaxScheme/cbc:ID')),
    schemeType: maybe(text('UBL cac:TaxScheme/cbc:TaxTypeCode')),
  },
  { title: 'Tax registration', $comment: 'UBL cac:PartyTaxScheme' },
)

const legalEntity = Type.Object(
  {
    name: maybe(text('UBL cbc:RegistrationName')),
    id: maybe(identifier('UBL cbc:CompanyID')),
    address: maybe(address('UBL cac:RegistrationAddress')),
  },
  { title: 'Legal entity', $comment: 'UBL cac:PartyLegalEntity' },
)

const fields = {
  endpoint: maybe(identifier('UBL cbc:EndpointID')),
  ids: maybe(list(identifier('UBL cac:PartyIdentification*/cbc:ID'))),
  name: maybe(text('UBL cac:PartyName/cbc:Name')),
  address: maybe(address('UBL cac:PostalAddress')),
  taxes: maybe(list(taxRegistration)),
  legal: maybe(list(legalEntity)),
  contact: maybe(contact('UBL cac:Contact')),
  persons: maybe(list(person('UBL cac:Person'))),
}

/** A company or person that takes part. Everybody knows others by other fields, so that none is required. */
export const party = (terms: string) => Type.Object(fields, { title: 'Party', $comment: terms })

/** A customer in a document, with the numbers that each side gave it. */
export const customerParty = (terms: string) =>
  Type.Object(
    {
      customerAccount: maybe(text('UBL cbc:CustomerAssignedAccountID')),
      supplierAccount: maybe(text('UBL cbc:SupplierAssignedAccountID')),
      party: maybe(party('UBL cac:Party')),
      deliveryContact: maybe(contact('UBL cac:DeliveryContact')),
    },
    { title: 'Customer party', $comment: terms },
  )

/** A supplier in a document, with the number that the customer gave it. */
export const supplierParty = (terms: string) =>
  Type.Object(
    {
      customerAccount: maybe(text('UBL cbc:CustomerAssignedAccountID')),
      party: maybe(party('UBL cac:Party')),
    },
    { title: 'Supplier party', $comment: terms },
  )

/** Of a party below `path`: what is of persons. */
export function personal(path: string): string[] {
  return ['contact', 'persons'].map(field => (path === '' ? field : `${path}.${field}`))
}

export function personalOfCustomer(path: string): string[] {
  return [...personalOfSupplier(path), `${path}.deliveryContact`]
}

export function personalOfSupplier(path: string): string[] {
  return personal(`${path}.party`)
}

export const bankAccount = (terms: string) =>
  Type.Object(
    {
      id: maybe(id('UBL cbc:ID')),
      name: maybe(text('UBL cbc:Name')),
      kind: maybe(text('UBL cbc:AccountTypeCode')),
      currency: maybe(text('UBL cbc:CurrencyCode')),
      branch: maybe(text('UBL cac:FinancialInstitutionBranch/cbc:ID')),
      branchName: maybe(text('UBL cac:FinancialInstitutionBranch/cbc:Name')),
      bank: maybe(text('UBL cac:FinancialInstitutionBranch/cac:FinancialInstitution/cbc:ID')),
      bankName: maybe(text('UBL cac:FinancialInstitutionBranch/cac:FinancialInstitution/cbc:Name')),
    },
    { title: 'Bank account', $comment: terms },
  )

export const period = (terms: string) =>
  Type.Object(
    {
      startDate: maybe(date('UBL cbc:StartDate')),
      startTime: maybe(time('UBL cbc:StartTime')),
      endDate: maybe(date('UBL cbc:EndDate')),
      endTime: maybe(time('UBL cbc:EndTime')),
    },
    { title: 'Period', $comment: terms },
  )
