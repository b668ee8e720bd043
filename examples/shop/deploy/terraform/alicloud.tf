# The same in Hangzhou. DELIBERATELY VULNERABLE: never apply. The key is invented.
provider "alicloud" {
  region     = "cn-hangzhou"
  access_key = "LTAI5tlO85zO2PGNZwTyAvmb"
  secret_key = var.alicloud_secret_key
}

resource "alicloud_oss_bucket" "pictures" {
  bucket = "shop-example-pictures-cn"
}

resource "alicloud_oss_bucket_acl" "pictures" {
  bucket = alicloud_oss_bucket.pictures.bucket
  acl    = "public-read-write"
}

resource "alicloud_security_group" "shop" {
  security_group_name = "shop"
}

resource "alicloud_security_group_rule" "ssh" {
  type              = "ingress"
  ip_protocol       = "tcp"
  port_range        = "22/22"
  security_group_id = alicloud_security_group.shop.id
  cidr_ip           = "0.0.0.0/0"
}
