# Rotation towards a whole target.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
target <- matrix(0, 9, 3)
target[1:3, 1] <- target[4:6, 2] <- target[7:9, 3] <- .7
fit <- sem(read_model(), data = data, rotation = "target.strict", rotation.args = list(target = target), rotation.se = "delta")
write_case(fit)
