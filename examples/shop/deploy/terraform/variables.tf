# Safe look-alike: values come from outside and have no default.
variable "database_password" {
  type      = string
  sensitive = true
}

variable "alicloud_secret_key" {
  type      = string
  sensitive = true
}
