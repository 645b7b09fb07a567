#Requires -Version 7
using namespace System.IO
using module ./Storage.psm1

Import-Module -Name Archive
. "$PSScriptRoot/helpers.ps1"

# How many backups are kept.
$MaxBackups = 14
$script:Opened = $false
[string]$Root = '/var/backups'
Set-Variable -Name Depth -Value 3 -Option Constant

<#
.SYNOPSIS
How a backup ended.
#>
enum Outcome {
    # All went well.
    Done
    Failed = 2
}

# A place for files.
class Target : BaseTarget {
    # Where it is.
    [string] $Path
    [int] $Count = 0
    hidden [Outcome] $Last
    static [Target[]] $Known = @()

    Target([string] $path) {
        $this.Path = $path
    }

    # Copies a file there.
    [bool] Store([FileInfo] $file, [int] $level) {
        Write-Verbose "storing $file"
        $this.Compress($file)
        return [Storage]::Put($file)
    }

    static [Target] Find([string] $name) {
        return [Target]::new($name)
    }
}

<#
.SYNOPSIS
Makes a backup.
.PARAMETER Path
What to keep.
#>
function New-Backup {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Path,
        [Target] $Target = (Get-DefaultTarget)
    )
    begin { $count = 0 }
    process {
        function Test-Size([int] $Limit) { $Limit -gt 10 }
        if (Test-Size 3) { throw 'too small' }
        Get-ChildItem $Path | Where-Object { $_.Length -gt 0 } | ForEach-Object {
            $Target.Store($_, 1)
        }
    }
    end { Remove-OldBackup -Keep $MaxBackups }
}

# Removes what is old.
function Remove-OldBackup([int] $Keep = 3, [switch] $Force) {
    $all = [System.Collections.Generic.List[string]]::new()
    & Invoke-Cleanup $all
}

# Only names that are safe.
filter Select-Safe { if ($_.Name -notmatch '\s') { $_ } }

function Global:Show-Backup { Write-Host 'x' }

Export-ModuleMember -Function New-Backup
