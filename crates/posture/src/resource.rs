//! What a check looks at: one thing that somebody declares, whatever it is written in.

use std::sync::Arc;

use crate::node::Node;
use crate::sources::{FileId, Span};

/// What a resource belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Platform {
    Kubernetes,
    Terraform,
    Cloudformation,
    Azure,
    Dockerfile,
    Compose,
    GithubActions,
    GitlabCi,
    Tekton,
    Ansible,
    Serverless,
    Openapi,
    Systemd,
    Nginx,
    Sshd,
    Sysctl,
    Pam,
    DockerDaemon,
    Containerd,
    Kubelet,
    Host,
    /// A file of data that belongs to nothing known.
    Document,
}

impl Platform {
    /// As check files and reports spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::Terraform => "terraform",
            Self::Cloudformation => "cloudformation",
            Self::Azure => "azure",
            Self::Dockerfile => "dockerfile",
            Self::Compose => "compose",
            Self::GithubActions => "github-actions",
            Self::GitlabCi => "gitlab-ci",
            Self::Tekton => "tekton",
            Self::Ansible => "ansible",
            Self::Serverless => "serverless",
            Self::Openapi => "openapi",
            Self::Systemd => "systemd",
            Self::Nginx => "nginx",
            Self::Sshd => "sshd",
            Self::Sysctl => "sysctl",
            Self::Pam => "pam",
            Self::DockerDaemon => "docker-daemon",
            Self::Containerd => "containerd",
            Self::Kubelet => "kubelet",
            Self::Host => "host",
            Self::Document => "document",
        }
    }
}

/// One declared thing, with all of its values.
#[derive(Clone, Debug)]
pub struct Resource {
    pub platform: Platform,
    /// `Deployment`, `aws_s3_bucket`, `AWS::S3::Bucket`, `image`, `workflow`.
    pub kind: Arc<str>,
    /// Its name within the target, part of a finding's key: `Deployment/shop/web`,
    /// `module.data.aws_s3_bucket.logs["eu"]`. Holds no line number.
    pub address: String,
    pub attrs: Node,
    /// The file that declares it.
    pub file: FileId,
    /// The whole declaration; shown when a check has nothing closer to point at.
    pub span: Option<Span>,
    pub edges: Vec<Edge>,
}

/// A reference from one resource to another: `bucket = aws_s3_bucket.logs.id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Path of the attribute that refers: `bucket`.
    pub through: String,
    /// Address of the resource that is meant.
    pub to: String,
}
