# An exploratory block in two groups with equal loadings.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, group = "school", group.equal = "loadings", rotation.args = list(std.ov = FALSE))
write_case(fit)
