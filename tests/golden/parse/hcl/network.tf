# A network with a bastion host in front.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  region = var.region
}

// Where everything runs.
variable "region" {
  type        = string
  description = "Region of the network"
  default     = "eu-central-1"
}

locals {
  # Put before every name.
  prefix = "demo-${var.region}"
  ports  = [22, 443]
}

/* The images change every month. */
data "aws_ami" "debian" {
  most_recent = true
  owners      = ["136693071363"]

  filter {
    name   = "name"
    values = ["debian-12-amd64-*"]
  }
}

# The host people log in to.
resource "aws_instance" "bastion" {
  ami           = data.aws_ami.debian.id
  instance_type = "t3.micro"
  subnet_id     = module.vpc.public_subnets[0]
  tags          = merge(local.tags, { Name = format("%s-bastion", local.prefix) })

  lifecycle {
    create_before_destroy = true
  }

  dynamic "ebs_block_device" {
    for_each = toset(var.disks)
    content {
      device_name = ebs_block_device.value
    }
  }
}

module "vpc" {
  source = "./modules/vpc"
  cidr   = cidrsubnet("10.0.0.0/8", 8, 1)
}

output "address" {
  value = aws_instance.bastion.public_ip
}

check "alive" {
  assert {
    condition     = length(aws_instance.bastion.public_ip) > 0
    error_message = "no address"
  }
}

moved {
  from = aws_instance.jump
  to   = aws_instance.bastion
}
