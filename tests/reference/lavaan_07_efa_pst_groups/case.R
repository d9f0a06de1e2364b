# Towards the zeros of a target, in two groups.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
target <- matrix(0, 9, 3)
target[1:3, 1] <- target[4:6, 2] <- target[7:9, 3] <- 1
fit <- sem(read_model(), data = data, group = "school", rotation = "target", rotation.args = list(target = target), rotation.se = "delta")
write_case(fit)
