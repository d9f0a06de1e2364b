# A constraint between intercepts of two groups, a latent mean free in one.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, group = "school")
write_case(fit)
