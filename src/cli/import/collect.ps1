# Collects one cluster of Amazon ECS for `stowplan import`. It only lists
# and describes. Which account and region: AWS_PROFILE, AWS_REGION.
#
#   ./collect.ps1 [-Cluster NAME] [-Folder FOLDER]
param([string]$Cluster = "@CLUSTER@", [string]$Folder = $Cluster)
New-Item -ItemType Directory -Force -Path $Folder | Out-Null
foreach ($old in "clusters", "providers", "groups", "instances",
    "tasks", "services", "definitions") {
    Remove-Item -ErrorAction Ignore (Join-Path $Folder "$old.json")
}
$missing = @()

# What a call prints goes to a file; what cannot be had is told at the
# end, and the rest is collected.
function Keep([string]$file, [string[]]$call) {
    $answer = aws @call --output json
    if ($LASTEXITCODE -ne 0) { $script:missing += "$call"; return }
    $path = Join-Path $Folder $file
    Add-Content -Path $path -Value $answer -Encoding utf8
}

# The ARNs that a list call prints.
function Names([string]$call, [string]$member) {
    $answer = aws ecs $call --cluster $Cluster --output json
    @(($answer | Out-String | ConvertFrom-Json).$member)
}

# All of the names, so many in a call.
function Describe($file, $size, $call, $option, $names) {
    for ($i = 0; $i -lt $names.Count; $i += $size) {
        $last = [Math]::Min($i + $size, $names.Count) - 1
        $part = @("ecs", $call, "--cluster", $Cluster, $option)
        Keep $file ($part + $names[$i..$last])
    }
}

Keep "clusters.json" @("ecs", "describe-clusters", "--clusters", $Cluster)
Keep "providers.json" @("ecs", "describe-capacity-providers")

# How large the groups of the providers may be, which ECS does not say.
$file = Join-Path $Folder "providers.json"
if (Test-Path $file) {
    $pattern = 'autoScalingGroupName/([^"]*)'
    $found = Select-String -Path $file -Pattern $pattern -AllMatches
    $groups = $found | ForEach-Object { $_.Matches } |
        ForEach-Object { $_.Groups[1].Value } |
        Sort-Object -Unique -CaseSensitive
    foreach ($group in $groups) {
        Keep "groups.json" @("autoscaling", "describe-auto-scaling-groups",
            "--auto-scaling-group-names", $group)
    }
}

$names = @(Names "list-container-instances" "containerInstanceArns")
Describe "instances.json" 100 "describe-container-instances" `
    "--container-instances" $names
$names = @(Names "list-tasks" "taskArns")
Describe "tasks.json" 100 "describe-tasks" "--tasks" $names
$names = @(Names "list-services" "serviceArns")
Describe "services.json" 10 "describe-services" "--services" $names

$files = "tasks.json", "services.json" |
    ForEach-Object { Join-Path $Folder $_ } | Where-Object { Test-Path $_ }
$pattern = 'arn:[^"]*:task-definition/[^"]*'
$found = $files | Select-String -Pattern $pattern -AllMatches
$arns = $found | ForEach-Object { $_.Matches.Value } |
    Sort-Object -Unique -CaseSensitive
foreach ($arn in $arns) {
    Keep "definitions.json" `
        @("ecs", "describe-task-definition", "--task-definition", $arn)
}

foreach ($call in $missing) { Write-Warning "not collected: $call" }
Write-Host "now: stowplan import (Get-Item $Folder/*.json) -o $Cluster.toml"
